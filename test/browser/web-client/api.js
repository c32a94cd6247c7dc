import axios from 'axios'

const TOKEN = 'access_token'

export const api = axios.create({ baseURL: `${window.API_URL}/api/v1`, withCredentials: true })

export function keepToken({ access_token: token }) {
  localStorage.setItem(TOKEN, token)
}

export function forgetToken() {
  localStorage.removeItem(TOKEN)
}

export function hasToken() {
  return localStorage.getItem(TOKEN) !== null
}

api.interceptors.request.use((config) => {
  if (hasToken()) config.headers.Authorization = `Bearer ${localStorage.getItem(TOKEN)}`
  return config
})

// Any 401, the refresh's own too, so that a server which refuses a refresh by 401 is asked for ever.
api.interceptors.response.use(undefined, async (error) => {
  const { config, response } = error
  if (response?.status !== 401 || config.isRepeated) throw error
  const refreshed = await api.post('/auth/refresh', {})
  keepToken(refreshed.data.data)
  return api({ ...config, isRepeated: true })
})

/** What a person is shown. */
export function messageOf(error) {
  const refusal = error.response?.data?.api_error
  return refusal?.errors?.detail || refusal?.message || error.message
}

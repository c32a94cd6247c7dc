import { api, forgetToken, hasToken, keepToken, messageOf } from './api.js'

let user

const find = (selector) => document.querySelector(selector)
const fieldsOf = (form) => Object.fromEntries(new FormData(form))

function showUser(present) {
  user = present
  find('#guest').hidden = user !== undefined
  find('#member').hidden = user === undefined
  for (const name of ['name', 'username', 'email']) find(`#profile [name=${name}]`).value = user?.[name] ?? ''
}

async function tell(action) {
  find('[role=status]').textContent = ''
  find('[role=alert]').textContent = ''
  try {
    find('[role=status]').textContent = await action()
  } catch (error) {
    find('[role=alert]').textContent = messageOf(error)
  }
}

function onSubmit(selector, action) {
  find(selector).addEventListener('submit', (event) => {
    event.preventDefault()
    tell(() => action(fieldsOf(event.target)))
  })
}

function onClick(selector, action) {
  find(selector).addEventListener('click', () => tell(action))
}

function signIn({ data }) {
  keepToken(data)
  showUser(data.user)
  return data.message
}

function sessionItem(session) {
  const item = document.createElement('li')
  const end = document.createElement('button')
  const browser = session.user_agent.toLowerCase().includes('chrom') ? 'Chromium' : 'another program'
  item.append(`${browser} at ${session.ip_address.trim()}${session.is_current ? ' (this one)' : ''} `, end)
  end.textContent = 'End'
  end.addEventListener('click', () =>
    tell(async () => {
      const { data } = await api.delete(`/sessions/${session.id}`)
      await listSessions()
      return data.data.message
    }),
  )
  return item
}

async function listSessions() {
  const { data } = await api.get('/sessions')
  find('#total').textContent = `Sessions: ${data.data.total_sessions}`
  find('#sessions').replaceChildren(...data.data.sessions.map(sessionItem))
  return data.data.message
}

onSubmit('#register', async (form) => {
  const { data } = await api.post('/auth/register', form)
  find('#verify').dataset.identifier = data.data.user.email
  return data.data.message
})
onSubmit('#verify', async (form) => {
  const { identifier } = find('#verify').dataset
  return signIn((await api.post('/auth/verify', { identifier, ...form })).data)
})
onSubmit('#login', async (form) => signIn((await api.post('/auth/login', form)).data))
onSubmit('#profile', async (form) => {
  const { data } = await api.put('/users/me', { ...form, phone: '' })
  showUser(data.data)
  return 'Saved.'
})
onClick('#list', listSessions)
onClick('#others', async () => {
  const { data } = await api.delete('/sessions')
  await listSessions()
  return data.data.message
})
onClick('#logout', async () => {
  const { data } = await api.post('/auth/logout')
  forgetToken()
  showUser(undefined)
  return data.data.message
})

if (hasToken()) {
  tell(async () => {
    showUser((await api.get('/users/me')).data.data)
    return `Welcome back, ${user.name}.`
  })
}

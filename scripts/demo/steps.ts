/*
 * What the demo's acts share: a request, and a step that shows what the server really answered.
 */

export const BASE = process.env.DEMO_URL ?? `http://localhost:${process.env.PORT ?? '8000'}`

// biome-ignore lint/suspicious/noExplicitAny: whatever the server answers is what this shows
export type Json = any
type Answer = { status: number; data: Json; error: Json }

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function call(method: string, path: string, body?: object, token?: string): Promise<Answer> {
  const response = await fetch(`${BASE}/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      'user-agent': 'crypalgos-demo/1.0',
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  })
  const { data, api_error: error }: Json = await response.json()
  return { status: response.status, data, error }
}

/** Tokens fill a screen and belong in none: their beginning is enough to see that they change. */
function shortened(key: string, value: unknown): unknown {
  return typeof value === 'string' && key.endsWith('_token')
    ? `${value.slice(-12)} (the last 12 characters)`
    : value
}

function show(answer: unknown): void {
  print((JSON.stringify(answer, shortened, 2) ?? '').replace(/^/gm, '  '))
}

/** @param pick what of the answer to show; all of it where it is left out */
export async function step(
  title: string,
  expected: number,
  method: string,
  path: string,
  body?: object,
  token?: string,
  pick: (data: Json) => unknown = (data) => data,
): Promise<Json> {
  const answer = await call(method, path, body, token)
  print(`\n${title}\n  ${method} /api/v1${path}  →  ${answer.status}`)
  show(answer.data === null ? answer.error : pick(answer.data))
  if (answer.status !== expected) throw new Error(`${title}: expected ${expected}, got ${answer.status}`)
  return answer.data
}

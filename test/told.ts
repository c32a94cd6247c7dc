import type { Answer } from './client.ts'

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** All that an answer tells, but for what the caller sent, ids and times. */
export function told({ status, headers, body, setCookies }: Answer, sent: Record<string, string>) {
  const cookies = Object.values(setCookies).map((cookie) => cookie.replaceAll(UUID, 'ID'))
  const known = { ...body, local_date_time: 'NOW' }
  const text = Object.entries(sent).reduce(
    (all, [name, value]) => all.replaceAll(value, name),
    JSON.stringify(known),
  )
  return {
    status,
    headers: [...headers.keys()].sort(),
    retryAfter: headers.get('retry-after'),
    cookies,
    body: text.replaceAll(UUID, 'ID').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
  }
}

import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'

export type RawRequest = { method?: string; headers?: OutgoingHttpHeaders; body?: string }

/**
 * Sends what `fetch` refuses to send, such as a `Host` of one's own, and nothing beside it.
 * @returns the status and the text of the answer, which may come before all was sent
 */
export async function rawRequest(
  url: string,
  { method = 'POST', headers = {}, body = '' }: RawRequest,
): Promise<{ status: number; body: string }> {
  const outgoing = request(url, { method, headers })
  const answered = once(outgoing, 'response')
  // Whoever has answered may close the connection on what is still sent.
  outgoing.on('error', () => {})
  outgoing.end(body)
  const [response] = await answered
  const answer = { status: response.statusCode, body: await text(response) }
  outgoing.destroy()
  return answer
}

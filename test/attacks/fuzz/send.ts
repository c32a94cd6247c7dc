import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Answer } from '../../client.ts'

export type FuzzRequest = {
  method: string
  /** As it is sent: nothing is resolved or escaped. */
  path: string
  headers: Record<string, string>
  body: string | undefined
}

export type FuzzAnswer = Pick<Answer, 'status' | 'body' | 'error'> & {
  headers: Record<string, string | string[] | undefined>
}

/** Longer than anything may take on a busy machine, shorter than the server's own timeouts. */
const PATIENCE_MS = 9_000
const agent = new Agent({ keepAlive: true })

function parsed(type: string | undefined, content: string): Answer['body'] {
  return type?.includes('json') === true && content !== '' ? JSON.parse(content) : content
}

/** Sends what `fetch` refuses to send. @throws where no answer comes in time */
export async function send(
  url: string,
  sent: FuzzRequest,
  patienceMs: number = PATIENCE_MS,
): Promise<FuzzAnswer> {
  const { hostname, port } = new URL(url)
  const { method, path, headers, body } = sent
  const outgoing = request({ agent, hostname, port, method, path, headers })
  const signal = AbortSignal.timeout(patienceMs)
  const answered = once(outgoing, 'response', { signal })
  // Whoever has answered may close the connection on what is still sent.
  outgoing.on('error', () => {})
  outgoing.end(body)
  const [response] = await answered
  const content = parsed(response.headers['content-type'], await text(response))
  return {
    status: response.statusCode,
    headers: response.headers,
    body: content,
    error: content?.api_error,
  }
}

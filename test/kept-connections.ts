import { once } from 'node:events'
import { type Agent, request } from 'node:http'
import { makePerson } from './people.ts'

type Reply = { status: number; connection: string }

/** Registers somebody over a connection of the agent, from an address of its own. */
export async function register(url: string, agent: Agent, number: number): Promise<Reply> {
  const outgoing = request(`${url}/api/v1/auth/register`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `10.1.0.${number + 1}` },
  })
  outgoing.end(JSON.stringify(makePerson()))
  const [response] = await once(outgoing, 'response')
  response.resume()
  await once(response, 'end')
  return { status: response.statusCode, connection: response.headers.connection }
}

/** Opens connections that the server has taken, and leaves them open. */
export async function openConnections(url: string, agent: Agent, count: number): Promise<void> {
  const replies = Array.from({ length: count }, async () => {
    const [response] = await once(request(`${url}/health`, { agent }).end(), 'response')
    response.resume()
    await once(response, 'end')
  })
  await Promise.all(replies)
}

/** Whether nobody listens there (any more). */
export async function isRefused(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(
    () => false,
    () => true,
  )
}

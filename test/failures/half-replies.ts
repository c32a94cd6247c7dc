import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/** A way to a mail server that can break in the middle of the reply that a mail was taken. */
export type HalfReplies = {
  url: string
  /** From now on replies break, or do so no longer. */
  breakReplies(yes: boolean): void
  close(): void
}

const TAKEN = /^250 .*queued/

export async function startHalfReplies(target: string): Promise<HalfReplies> {
  const { hostname, port } = new URL(target)
  let breaking = false
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.pipe(upstream)
    upstream.on('data', (chunk) => {
      if (breaking && TAKEN.test(chunk.toString())) client.end(chunk.toString().slice(0, 2))
      else client.write(chunk)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${own}`,
    breakReplies(yes) {
      breaking = yes
    },
    close: () => server.close(),
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut, as a network or a restart would. */
export type TcpProxy = {
  port: number
  /** How many connections go through it right now. */
  connections(): number
  /** The same URL by way of the proxy. */
  through(url: string): string
  /** Breaks every connection and refuses new ones until `mend`. */
  cut(): Promise<void>
  /** Lets connections through again, to another server where one is named. */
  mend(target?: string): Promise<void>
  close(): Promise<void>
}

/**
 * Stands before the server of a URL, on a port of its own.
 * @param watch called for each connection; what it returns sees all that the client sends over it
 */
export async function startTcpProxy(
  target: string,
  watch: () => (chunk: Buffer) => void = () => () => {},
): Promise<TcpProxy> {
  let { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    // A broken connection is what this is for.
    socket.on('error', () => {})
    return socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    const upstream = keep(connect(Number(port), hostname))
    client.on('data', watch())
    keep(client).pipe(upstream).pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  const listen = async (onPort: number): Promise<number> => {
    server.listen(onPort, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address() as AddressInfo
    return address.port
  }
  const own = await listen(0)
  const cut = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
  return {
    port: own,
    connections: () => sockets.size / 2,
    through(url) {
      const changed = new URL(url)
      changed.hostname = '127.0.0.1'
      changed.port = String(own)
      return changed.href
    },
    cut,
    async mend(next = target) {
      ;({ hostname, port } = new URL(next))
      await listen(own)
    },
    close: cut,
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A moment in the talk with the database: before its n-th statement goes out, or before that one's answer comes in. */
export type Moment = { statement: number; before: 'statement' | 'answer' }

/** A way to PostgreSQL that counts statements, and strikes in a chosen moment. */
export type StatementProxy = {
  /** The same URL by way of the proxy. */
  through(url: string): string
  /**
   * Counts from now on. In that moment the connection breaks, once; what was about to pass is lost.
   * @returns what ends the wait for that moment, and tells whether it came
   */
  arm(moment: Moment, strike?: () => void): () => boolean
  close(): Promise<void>
}

/** Query, Parse and Bind begin a statement; whatever belongs to one comes in one piece. */
const BEGINNINGS = new Set(['Q', 'P', 'B'].map((letter) => letter.charCodeAt(0)))

type Armed = Moment & { seen: number; struck: boolean; strike: () => void }

export async function startStatementProxy(target: string): Promise<StatementProxy> {
  const { hostname, port } = new URL(target)
  let armed: Armed | undefined
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    const upstream = keep(connect(Number(port), hostname))
    let awaited = false
    const strike = (moment: Armed) => {
      moment.struck = true
      armed = undefined
      moment.strike()
      client.destroy()
      upstream.destroy()
    }
    keep(client).on('data', (chunk) => {
      const moment = armed
      if (moment !== undefined && BEGINNINGS.has(Number(chunk[0]))) {
        moment.seen += 1
        if (moment.seen === moment.statement && moment.before === 'statement') return strike(moment)
        awaited = moment.seen === moment.statement
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (armed !== undefined && awaited) return strike(armed)
      client.write(chunk)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    through(url) {
      const changed = new URL(url)
      changed.port = String(own)
      return changed.href
    },
    arm(moment, strike = () => {}) {
      const mine = { ...moment, seen: 0, struck: false, strike }
      armed = mine
      return () => {
        armed = undefined
        return mine.struck
      }
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

import { startTcpProxy } from './tcp-proxy.ts'

/** A way to a PostgreSQL server that counts the statements which are executed through it. */
export type StatementCounter = {
  /** The server's URL by way of the counter. */
  url: string
  /** How many statements were executed while the work was done. */
  during(work: () => Promise<unknown>): Promise<number>
  close(): Promise<void>
}

/**
 * Cuts what one client sends into messages and names each by its type (PostgreSQL's protocol 3.0, "Message Formats"):
 * a letter and a length that counts itself; only the first message has no letter.
 */
function messageReader(onMessage: (type: string) => void): (chunk: Buffer) => void {
  let unread: Buffer = Buffer.alloc(0)
  let letter = 0
  return (chunk) => {
    unread = Buffer.concat([unread, chunk])
    while (unread.length >= letter + 4) {
      const end = letter + unread.readUInt32BE(letter)
      if (unread.length < end) return
      if (letter > 0) onMessage(unread.toString('latin1', 0, 1))
      unread = unread.subarray(end)
      letter = 1
    }
  }
}

/** Execute runs a prepared statement, Query a text. */
const EXECUTES = new Set(['E', 'Q'])

export async function startStatementCounter(target: string): Promise<StatementCounter> {
  let executed = 0
  const proxy = await startTcpProxy(target, () =>
    messageReader((type) => {
      if (EXECUTES.has(type)) executed += 1
    }),
  )
  return {
    url: proxy.through(target),
    async during(work) {
      const before = executed
      await work()
      return executed - before
    },
    close: proxy.close,
  }
}

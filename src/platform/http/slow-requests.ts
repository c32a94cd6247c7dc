import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Sockets whose request may take longer to arrive than the server's limit; its route has a limit of its own. */
const slow = new WeakSet<Socket>()

/** Exempts a request from the server's limit on the time in which it has to arrive. */
export function allowSlowBody({ socket }: IncomingMessage): void {
  slow.add(socket)
}

export function endSlowBody({ socket }: IncomingMessage): void {
  slow.delete(socket)
}

export function isSlowBodyAllowed(socket: Socket): boolean {
  return slow.has(socket)
}

/** What a refused client may still send before its connection is cut. */
const LINGER_BYTES = 32 * 1024 * 1024
const LINGER_MS = 10_000

/**
 * Reads on what nobody wants any more, for a while: who is still sending would meet a broken connection instead of the
 * answer. Then the connection is cut, so that nobody sends gigabytes into nothing.
 */
export function lingerOver(
  request: IncomingMessage,
  { bytes, ms } = { bytes: LINGER_BYTES, ms: LINGER_MS },
): void {
  if (request.complete || request.destroyed) return
  let left = bytes
  const cut = () => request.socket.destroy()
  const timer = setTimeout(cut, ms).unref()
  request.on('data', (piece: Buffer) => {
    left -= piece.length
    if (left < 0) cut()
  })
  request.once('close', () => clearTimeout(timer))
  request.resume()
}

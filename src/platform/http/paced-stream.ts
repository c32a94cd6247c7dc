import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

async function* paced<Piece>(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    yield piece
    await setImmediate()
  }
}

/**
 * A stream of pieces, made one at a time as the client reads them. The event loop runs between two pieces, also for a
 * client that reads as fast as they are made.
 */
export function pacedStream(pieces: AsyncIterable<string | Buffer>): Readable {
  return Readable.from(paced(pieces))
}

import type { Readable } from 'node:stream'
import { AppError } from '../errors.ts'
import type { WorkPlace } from '../limits/work-queue.ts'
import { pacedStream } from './paced-stream.ts'

/** A client that does not take the next piece in this time loses its place; others may be waiting for it. */
const STALLED_MS = 30_000

/** Pass pieces on, and call `onStall` when one is not followed by a request for the next in time. */
async function* watched<Piece>(
  pieces: AsyncIterable<Piece>,
  stalledMs: number,
  onStall: () => void,
): AsyncGenerator<Piece> {
  let clock: NodeJS.Timeout | undefined
  try {
    for await (const piece of pieces) {
      clock = setTimeout(onStall, stalledMs)
      yield piece
      clearTimeout(clock)
    }
  } finally {
    clearTimeout(clock)
  }
}

/**
 * Stream pieces while holding a place in a queue: the stream ends with its place, and the place with its stream.
 * @throws the reason why the place has ended already
 */
export function queuedStream(
  { budget, leave }: WorkPlace,
  pieces: AsyncIterable<string | Buffer>,
  stalledMs = STALLED_MS,
): Readable {
  const { signal } = budget
  if (signal.aborted) {
    leave()
    throw signal.reason
  }
  const stream = pacedStream(
    watched(pieces, stalledMs, () => stream.destroy(new AppError('request_timeout'))),
  )
  stream.once('close', leave)
  signal.addEventListener('abort', () => stream.destroy(signal.reason), { once: true })
  return stream
}

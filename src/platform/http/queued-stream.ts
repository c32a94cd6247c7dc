import type { Readable } from 'node:stream'
import type { WorkPlace } from '../limits/work-queue.ts'
import { pacedStream } from './paced-stream.ts'

/** Stream pieces while holding a place in a queue: the stream ends with its place, and the place with its stream. */
export function queuedStream(place: WorkPlace, pieces: AsyncIterable<string | Buffer>): Readable {
  const { budget, leave } = place
  const stream = pacedStream(pieces)
  stream.once('close', leave)
  budget.signal.addEventListener('abort', () => stream.destroy(budget.signal.reason), { once: true })
  return stream
}

import { hashRows } from './canonical-hash.ts'
import { encodeChunk } from './chunk-codec.ts'
import { candlesQuality } from './quality.ts'
import type { ChunkValues } from './revisions-repository.ts'
import { type Columns, candlesOf, lengthOf, type Series, timestampsOf } from './series.ts'

export type MadeChunk = { facts: ChunkValues; data: Buffer }

/** Turn rows into a chunk: the facts about it, and its bytes. */
export async function makeChunk(series: Series, columns: Columns): Promise<MadeChunk> {
  const data = await encodeChunk(columns)
  const times = timestampsOf(columns)
  const facts = {
    hash: hashRows(series, columns),
    bytes: data.length,
    bars: lengthOf(columns),
    firstAt: new Date(times[0] as number),
    lastAt: new Date(times.at(-1) as number),
    quality: series === 'funding' ? null : candlesQuality(candlesOf(columns), series),
  }
  return { facts, data }
}

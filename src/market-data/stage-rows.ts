import type { Db } from '../platform/database/database.ts'
import type { ParsedChunk, ParsedRows, ParseTask } from './parse-upload.ts'
import type { ParserThreads } from './parser-threads.ts'
import { type Stage, storeChunk } from './stage-columns.ts'

type Staging = Omit<ParseTask, 'series'> & {
  stage: Stage
  /** Called before each piece; it may throw to end it all. */
  onProgress(rows: number): Promise<void>
}

/**
 * Parse a file in a thread of its own as it arrives, and stage its chunks.
 * @throws AppError `invalid_file`, `invalid_rows`, `payload_too_large`, `overloaded`, `storage_full`
 */
export function stageRows(
  db: Db,
  parsers: ParserThreads,
  source: AsyncIterable<Uint8Array>,
  { stage, onProgress, ...task }: Staging,
): Promise<ParsedRows> {
  const onChunk = (chunk: ParsedChunk) => storeChunk(db, stage, chunk)
  return parsers.parse(stage.ownerId, source, { ...task, series: stage.series }, { onChunk, onProgress })
}

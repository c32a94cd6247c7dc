import type { ErrorCode, FieldErrors } from '../platform/errors.ts'
import type { ParsedRows, ParseTask } from './parse-upload.ts'
import type { ChunkValues } from './revisions-repository.ts'
import type { HeldMemory } from './upload-budget.ts'

/** What the server sends to a parser thread. Bytes are handed over, never shared. */
export type ToParser =
  | { kind: 'start'; task: ParseTask; memory: HeldMemory }
  | { kind: 'piece'; bytes: Uint8Array }
  | { kind: 'end' }
  | { kind: 'stored' }

export type ParserFault = {
  code: ErrorCode
  detail: string
  fields: FieldErrors
  retryAfterSeconds: number | undefined
}

/** A chunk on its way, in memory of its own. */
export type SentChunk = {
  facts: Omit<ChunkValues, 'hash'>
  periodStart: number
  hash: Uint8Array<ArrayBuffer>
  data: Uint8Array<ArrayBuffer>
}

/** What a parser thread answers: it asks for each piece, and waits until a chunk is stored. */
export type FromParser =
  | { kind: 'next'; rows: number }
  | { kind: 'chunk'; chunk: SentChunk }
  | { kind: 'done'; parsed: ParsedRows }
  | { kind: 'fault'; fault: ParserFault }

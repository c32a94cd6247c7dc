import assert from 'node:assert/strict'
import { tableFromIPC } from 'apache-arrow'
import { arrowEnd } from '../src/market-data/arrow-writer.ts'

type Cell = string | number | boolean | null

/** An Arrow IPC stream that was read whole: its columns' kinds, its metadata and its rows. Times are in ms. */
export type ArrowTable = {
  kinds: Record<string, number>
  facts: Record<string, string>
  rows: Record<string, Cell>[]
}

/** Read a stream with Arrow's own library. */
export function readArrow(stream: Buffer): ArrowTable {
  assert.deepEqual(stream.subarray(-8), arrowEnd(), 'the stream ends as it should')
  const table = tableFromIPC(stream)
  const { fields, metadata } = table.schema
  return {
    kinds: Object.fromEntries(fields.map(({ name, typeId }) => [name, typeId])),
    facts: Object.fromEntries(metadata),
    rows: table.toArray().map((row) => row.toJSON() as Record<string, Cell>),
  }
}

import assert from 'node:assert/strict'
import type { Series } from '../src/market-data/series.ts'
import type { TableFormat } from '../src/market-data/table-format.ts'
import { UploadBudget } from '../src/market-data/upload-budget.ts'
import { AppError } from '../src/platform/errors.ts'

const MAX_UNPACKED_BYTES = 2 ** 30

export type ReadOptions = { series?: Series; pieceSize?: number; budget?: UploadBudget }

/** All rows of a file that comes in pieces, each of which is sent bytes. */
export function readRows(format: TableFormat, bytes: Uint8Array, options: ReadOptions = {}): number[][] {
  const { series = '1m', pieceSize = 100, budget = new UploadBudget(MAX_UNPACKED_BYTES) } = options
  const rows: number[][] = []
  const reader = format.open(series, (values) => rows.push([...values]), budget)
  for (let at = 0; at < bytes.length; at += pieceSize) {
    const piece = Buffer.from(bytes.subarray(at, at + pieceSize))
    budget.receive(piece.length)
    for (const _step of reader.read(piece));
  }
  reader.end()
  return rows
}

/** What some work is refused with. */
export function faultOf(work: () => unknown): AppError {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof AppError, String(error))
    return error
  }
  assert.fail('nothing was thrown')
}

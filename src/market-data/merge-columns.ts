import { AppError } from '../platform/errors.ts'
import { fileFault } from './row-faults.ts'
import {
  type Columns,
  columnNames,
  lengthOf,
  MAX_CHUNK_ROWS,
  type Series,
  sliceColumns,
  timestampsOf,
} from './series.ts'

export type OnConflict = 'refuse' | 'replace'

export type Merged = { columns: Columns; added: number; replaced: number }

function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

function copyRow(from: Columns, row: number, to: Columns, at: number): void {
  for (let index = 0; index < to.length; index++) {
    const [source, target] = [from[index] as Float64Array, to[index] as Float64Array]
    target[at] = source[row] as number
  }
}

function firstDifference(a: Columns, rowA: number, b: Columns, rowB: number): number {
  return a.findIndex(
    (column, index) => !isSame(column[rowA] as number, (b[index] as Float64Array)[rowB] as number),
  )
}

function conflict(series: Series, stored: Columns, row: number, added: Columns, other: number): AppError {
  const time = new Date(timestampsOf(stored)[row] as number).toISOString()
  const names = columnNames(series)
  const different = names.flatMap((name, index) => {
    const [before, now] = [stored[index]?.[row] as number, added[index]?.[other] as number]
    return isSame(before, now) ? [] : [{ name, before, now }]
  })
  const words = different.map(({ name, before, now }) => `${name} ${before} is stored, ${now} was sent`)
  return new AppError('data_conflict', {
    detail: `At ${time}: ${words.join('; ')}. Send on_conflict=replace to overwrite what is stored.`,
    fields: {
      timestamp: time,
      ...Object.fromEntries(different.map(({ name }, index) => [name, String(words[index])])),
    },
  })
}

/**
 * Both in time order, as one. Equal rows at one time are one row.
 * @throws AppError `data_conflict` at the first row that differs from a stored one, unless it is to be replaced
 */
export function mergeColumns(
  series: Series,
  stored: Columns,
  added: Columns,
  onConflict: OnConflict,
): Merged {
  const [times, others] = [timestampsOf(stored), timestampsOf(added)]
  const columns = stored.map(() => new Float64Array(times.length + others.length))
  let [row, other, count, replaced] = [0, 0, 0, 0]
  while (row < times.length || other < others.length) {
    const [time = Number.POSITIVE_INFINITY, next = Number.POSITIVE_INFINITY] = [times[row], others[other]]
    if (time === next && firstDifference(stored, row, added, other) !== -1) {
      if (onConflict === 'refuse') throw conflict(series, stored, row, added, other)
      replaced++
    }
    if (next <= time) copyRow(added, other, columns, count++)
    else copyRow(stored, row, columns, count++)
    if (time <= next) row++
    if (next <= time) other++
  }
  if (count > MAX_CHUNK_ROWS) throw fileFault(`A decade holds at most ${MAX_CHUNK_ROWS} rows.`)
  return { columns: sliceColumns(columns, 0, count), added: count - lengthOf(stored), replaced }
}

import { printable } from '../platform/text.ts'
import { fileFault } from './row-faults.ts'
import { columnNames, type Series } from './series.ts'

export const MAX_COLUMNS = 1_024
export const MAX_NAME_BYTES = 255

/** What a column may be called, best first; in small letters, with `_` for what is no letter or digit. */
const NAMES: Record<string, readonly string[]> = {
  timestamp: [
    'timestamp',
    'open_time',
    'opentime',
    'time',
    'datetime',
    'date',
    'unix',
    'start',
    'start_time',
    'ts',
    't',
  ],
  open: ['open', 'open_price', 'o'],
  high: ['high', 'high_price', 'max', 'h'],
  low: ['low', 'low_price', 'min', 'l'],
  close: ['close', 'close_price', 'last', 'c'],
  volume: ['volume', 'base_volume', 'volume_base', 'vol', 'v'],
  rate: ['rate', 'funding_rate', 'fundingrate', 'last_funding_rate'],
  mark_price: ['mark_price', 'markprice', 'mark'],
}
const FUNDING_TIME = ['funding_time', 'fundingtime', 'calc_time']
const OPTIONAL = new Set(['mark_price'])

function normalised(name: string): string {
  return name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
}

function fieldOf(column: string, names: readonly string[], series: Series): number {
  const known = [
    ...(NAMES[column] as readonly string[]),
    ...(series === 'funding' && column === 'timestamp' ? FUNDING_TIME : []),
  ]
  for (const name of known) {
    const index = names.indexOf(name)
    if (index === -1) continue
    if (names.lastIndexOf(name) !== index) throw fileFault(`The header names ${name} twice.`)
    return index
  }
  // Such as "Volume BTC", beside "Volume USDT" further right.
  return column === 'volume' ? names.findIndex((name) => name.startsWith('volume_')) : -1
}

/**
 * Find for each name the column of the series that it means; −1 for none.
 * @throws AppError `invalid_file` where a column is missing or appears twice, or where there are too many or too long names
 */
export function matchColumns(given: readonly string[], series: Series): Int8Array {
  if (given.length > MAX_COLUMNS)
    throw fileFault(`The file has more than ${MAX_COLUMNS} columns. Leave some out.`)
  const long = given.find((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)
  if (long !== undefined)
    throw fileFault(`The name of the column ${printable(long)} is longer than ${MAX_NAME_BYTES} bytes.`)
  const names = given.map(normalised)
  const columns = new Int8Array(names.length).fill(-1)
  const missing: string[] = []
  for (const [index, column] of columnNames(series).entries()) {
    const field = fieldOf(column, names, series)
    if (field !== -1) columns[field] = index
    else if (!OPTIONAL.has(column)) missing.push(column)
  }
  if (missing.length > 0) {
    throw fileFault(
      `The header has no column for ${missing.join(', ')}. Name the columns ${columnNames(series).join(', ')}.`,
    )
  }
  return columns
}

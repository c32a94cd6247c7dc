import { arrowBatch, arrowEnd, arrowSchema } from './arrow-writer.ts'
import { type Columns, lengthOf, sliceColumns, timestampsOf } from './series.ts'

/** Rows that are made into text, or one Arrow batch, at once. */
const CSV_ROWS = 4_096
const ARROW_ROWS = 65_536

function* parts(piece: Columns, rows: number): Generator<Columns> {
  for (let from = 0; from < lengthOf(piece); from += rows) yield sliceColumns(piece, from, from + rows)
}

function csvText(columns: Columns): string {
  const [times = new Float64Array(0), ...values] = columns
  let text = ''
  for (let row = 0; row < times.length; row++) {
    text += new Date(times[row] as number).toISOString()
    for (const column of values) text += Number.isNaN(column[row]) ? ',' : `,${column[row]}`
    text += '\n'
  }
  return text
}

export async function* rowsAsCsv(
  pieces: AsyncIterable<Columns>,
  names: readonly string[],
): AsyncGenerator<string> {
  yield `${names.join(',')}\n`
  for await (const piece of pieces) for (const part of parts(piece, CSV_ROWS)) yield csvText(part)
}

export async function* rowsAsArrow(
  pieces: AsyncIterable<Columns>,
  names: readonly string[],
  facts: Record<string, string>,
): AsyncGenerator<Buffer> {
  yield arrowSchema(names, facts)
  for await (const piece of pieces) for (const part of parts(piece, ARROW_ROWS)) yield arrowBatch(part)
  yield arrowEnd()
}

function jsonRows(columns: Columns, isFirst: boolean): string {
  const rows = lengthOf(columns)
  let text = ''
  for (let row = 0; row < rows; row++) {
    text += isFirst && row === 0 ? '[' : ',['
    for (let index = 0; index < columns.length; index++) {
      const value = columns[index]?.[row] as number
      text += `${index === 0 ? '' : ','}${Number.isNaN(value) ? 'null' : value}`
    }
    text += ']'
  }
  return text
}

/**
 * An answer in the envelope whose data ends with the rows, each a list of numbers, and with where they go on.
 * @param head the envelope, with the other fields of its data
 * @param pieces with one row more than `limit` where there is one
 */
export async function* rowsAsJson(
  pieces: AsyncIterable<Columns>,
  head: { local_date_time: string; data: object },
  limit: number,
): AsyncGenerator<string> {
  const data = JSON.stringify(head.data).slice(0, -1)
  yield `{"local_date_time":${JSON.stringify(head.local_date_time)},"data":${data},"rows":[`
  let left = limit
  let isFirst = true
  let next: number | null = null
  for await (const piece of pieces) {
    if (lengthOf(piece) > left) next = timestampsOf(piece)[left] as number
    for (const part of parts(sliceColumns(piece, 0, left), CSV_ROWS)) {
      yield jsonRows(part, isFirst)
      isFirst = false
    }
    left = Math.max(0, left - lengthOf(piece))
  }
  yield `],"next_from":${next}},"api_error":null}`
}

import { type CsvLayout, readLayout } from './csv-layout.ts'
import { MAX_EXACT, POWERS_OF_TEN, parseNumber } from './number-text.ts'
import { fileFault, rowFault } from './row-faults.ts'
import { columnNames, type Series } from './series.ts'
import type { RowSink, TableFormat, TableReader } from './table-format.ts'
import { NO_TIMESTAMP, parseTimestamp } from './timestamp-text.ts'
import type { UploadBudget } from './upload-budget.ts'

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const QUOTE = 34
const POINT = 46
const ZERO = 48
const MAX_LINE_BYTES = 4_096
/** A step adds some thousands of rows. */
const STEP_BYTES = 256 * 1024
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const MILLISECOND_DIGITS = 13
const NOTHING = Buffer.alloc(0)

/** Some write decimals with a comma, beside semicolons. */
function commaHint(bytes: Buffer, start: number, end: number): string {
  return bytes.subarray(start, end).includes(',') ? ': write decimals with a point' : ''
}

/**
 * Read CSV in pieces of any size: `,`, `;` or tab between fields, with a header in any order or without one, lines
 * ended by LF or CRLF, quotes around a field at most.
 * @throws AppError `invalid_file` or `invalid_rows`
 */
function csvReader(series: Series, sink: RowSink, budget: UploadBudget): TableReader {
  const names = columnNames(series)
  const values = new Float64Array(names.length).fill(Number.NaN)
  let rest: Buffer = NOTHING
  let line = 0
  let layout: CsvLayout | undefined

  const fault = (column: number, problem: string) =>
    rowFault({ unit: 'line', number: line }, { [names[column] as string]: problem })

  /** What is no plain number: quoted, signed, with an exponent, a time in words. */
  const readField = (bytes: Buffer, from: number, to: number, column: number): number => {
    let [start, end] = [from, to]
    while (start < end && (bytes[start] === SPACE || bytes[start] === QUOTE)) start++
    while (start < end && (bytes[end - 1] === SPACE || bytes[end - 1] === QUOTE)) end--
    if (column === 0) {
      const time = parseTimestamp(bytes, start, end)
      if (time >= 0) return time
      throw fault(0, time === NO_TIMESTAMP ? 'is no time that is known' : 'lies between two milliseconds')
    }
    const value = parseNumber(bytes, start, end)
    if (Number.isNaN(value) && start < end)
      throw fault(column, `is not a number${commaHint(bytes, start, end)}`)
    return value
  }

  /**
   * One pass over the bytes, as there are millions of rows: plain decimals are read on the way to the end of their field,
   * and rounded by one exact division (`number-text.ts`); whatever is not plain is read again with more care.
   */
  const readRow = (bytes: Buffer, start: number, end: number, { delimiter, columns }: CsvLayout): void => {
    let field = 0
    let at = start
    for (;;) {
      const column = field < columns.length ? (columns[field] as number) : -1
      const fieldStart = at
      let mantissa = 0
      let decimals = 0
      let perDigit = 0
      let isPlain = true
      for (; at < end; at++) {
        const byte = bytes[at] as number
        if (byte === delimiter) break
        const digit = byte - ZERO
        if (digit >= 0 && digit <= 9) {
          mantissa = mantissa * 10 + digit
          decimals += perDigit
        } else if (byte === POINT && perDigit === 0) perDigit = 1
        else isPlain = false
      }
      if (column !== -1) {
        const digits = at - fieldStart - perDigit
        const isExact = isPlain && digits > 0 && mantissa < MAX_EXACT && decimals < POWERS_OF_TEN.length
        const isCount = digits === MILLISECOND_DIGITS && perDigit === 0
        if (isExact && (column > 0 || isCount)) {
          values[column] = decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] as number)
        } else values[column] = readField(bytes, fieldStart, at, column)
      }
      field++
      if (at === end) break
      at++
    }
    if (field !== columns.length) {
      const problem = `has ${field} ${field === 1 ? 'field' : 'fields'}, the first line has ${columns.length}`
      throw rowFault({ unit: 'line', number: line }, { row: problem })
    }
    sink(values, line)
  }

  const readLine = (bytes: Buffer, start: number, lineEnd: number): void => {
    const end = lineEnd > start && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd
    line++
    if (end === start) {
      budget.countEmptyPart()
      return
    }
    if (end - start > MAX_LINE_BYTES) throw fileFault(`Line ${line} is longer than ${MAX_LINE_BYTES} bytes.`)
    if (layout !== undefined) {
      readRow(bytes, start, end, layout)
      return
    }
    const hasMark = bytes.subarray(start, start + 3).equals(BYTE_ORDER_MARK)
    const textStart = hasMark ? start + 3 : start
    layout = readLayout(bytes.toString('utf8', textStart, end), series)
    if (!layout.hasHeader) readRow(bytes, textStart, end, layout)
  }

  const readLines = (piece: Buffer): void => {
    let start = 0
    let end = piece.indexOf(LINE_FEED)
    if (rest.length > 0 && end !== -1) {
      const whole = Buffer.concat([rest, piece.subarray(0, end)])
      readLine(whole, 0, whole.length)
      rest = NOTHING
      start = end + 1
      end = piece.indexOf(LINE_FEED, start)
    }
    for (; end !== -1; end = piece.indexOf(LINE_FEED, start)) {
      readLine(piece, start, end)
      start = end + 1
    }
    rest = rest.length === 0 ? piece.subarray(start) : Buffer.concat([rest, piece])
    if (rest.length > MAX_LINE_BYTES)
      throw fileFault(`Line ${line + 1} is longer than ${MAX_LINE_BYTES} bytes.`)
  }

  return {
    *read(piece) {
      for (let at = 0; at < piece.length; at += STEP_BYTES) {
        readLines(piece.subarray(at, at + STEP_BYTES))
        yield
      }
    },
    end() {
      if (rest.length > 0) readLine(rest, 0, rest.length)
    },
  }
}

export const csv: TableFormat = { name: 'csv', unit: 'line', signature: [], open: csvReader }

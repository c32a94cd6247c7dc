import { matchColumns } from './column-names.ts'
import { fileFault } from './row-faults.ts'
import { columnNames, type Series } from './series.ts'

/** How the fields of a line become the columns of a series. */
export type CsvLayout = {
  /** The byte between fields. */
  delimiter: number
  /** For each field the column that it fills; −1 for one that is left out. */
  columns: Int8Array
  hasHeader: boolean
}

const DELIMITERS = [',', ';', '\t']

/** Files without a header that are known by how many fields a line has; the first six are ours in each. */
const HEADERLESS_CANDLES = [6, 7, 12]
const HEADERLESS_FUNDING = [2, 3]

function delimiterOf(line: string): string {
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string
}

function withoutHeader(fields: number, series: Series): Int8Array {
  const known = series === 'funding' ? HEADERLESS_FUNDING : HEADERLESS_CANDLES
  const width = columnNames(series).length
  if (!known.includes(fields)) {
    throw fileFault(
      `The first line has no header and ${fields} fields. Without one there may be ${known.join(' or ')}; else begin with ${columnNames(series).join(',')}.`,
    )
  }
  return Int8Array.from({ length: fields }, (_, field) => (field < width ? field : -1))
}

/** @param line the first line that is not empty, without a byte order mark */
export function readLayout(line: string, series: Series): CsvLayout {
  const delimiter = delimiterOf(line)
  const fields = line.split(delimiter)
  const hasHeader = !/^\s*"?\+?\d/.test(line)
  const columns = hasHeader ? matchColumns(fields, series) : withoutHeader(fields.length, series)
  return { delimiter: delimiter.charCodeAt(0), columns, hasHeader }
}

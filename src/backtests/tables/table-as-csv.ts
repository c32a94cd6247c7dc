import { cellOf, type ShownColumn, type ViewPiece } from './table-view.ts'

/** Rows that are formatted at once. */
const ROWS = 1_000

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Returns how the values of a column are written; each of its words is quoted once. */
function writerOf(column: ShownColumn): (value: number) => string {
  const words = column.words?.map(quoted)
  if (words) return (value) => words[value] ?? ''
  return (value) => String(cellOf(column, value) ?? '')
}

/** Write pieces of a table as CSV (RFC 4180, line feeds). */
export async function* tableAsCsv(
  columns: readonly ShownColumn[],
  pieces: AsyncIterable<ViewPiece>,
): AsyncGenerator<string> {
  yield `${columns.map(({ name }) => name).join(',')}\n`
  const writers = columns.map(writerOf)
  for await (const { rows, values } of pieces) {
    for (let from = 0; from < rows; from += ROWS) {
      let text = ''
      for (let at = from; at < Math.min(rows, from + ROWS); at++) {
        for (let index = 0; index < writers.length; index++) {
          const cell = writers[index]?.((values[index] as Float64Array)[at] as number)
          text += index === 0 ? cell : `,${cell}`
        }
        text += '\n'
      }
      yield text
    }
  }
}

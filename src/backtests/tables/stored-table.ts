import type { ColumnarTable } from './columnar-table.ts'
import { decodeColumn, indexBytes, readIndex, type TableIndex } from './table-codec.ts'

/** Reads the bytes `from` to before `to` of an encoded table, fewer where it ends. */
export type ReadBytes = (from: number, to: number) => Promise<Buffer>

/** What is read first: all of a small table, the index of a large one. */
export const FIRST_BYTES = 65_536

/** Open an encoded table whose groups are read one by one. Undefined where it is of the older format. */
export async function openStoredTable<Name extends string>(
  names: readonly Name[],
  readBytes: ReadBytes,
): Promise<ColumnarTable<Name> | undefined> {
  let start = await readBytes(0, FIRST_BYTES)
  const length = indexBytes(start)
  if (length === undefined) return undefined
  if (length > start.length) start = await readBytes(0, length)
  const index = readIndex(start)
  const read = (from: number, to: number) =>
    to <= start.length ? Promise.resolve(start.subarray(from, to)) : readBytes(from, to)
  const { rows, groupRows } = index
  return {
    rows,
    groupRows,
    read: (group, wanted) =>
      readGroup(
        index,
        read,
        group,
        wanted.map((name) => names.indexOf(name)),
      ),
  }
}

async function readGroup(
  { columns, rows, groupRows, offsets }: TableIndex,
  readBytes: ReadBytes,
  group: number,
  wanted: readonly number[],
): Promise<Float64Array[]> {
  if (wanted.length === 0) return []
  const frames = wanted.map((column) => group * columns + column)
  const [first, last] = [Math.min(...frames), Math.max(...frames)]
  const start = offsets[first] as number
  const bytes = await readBytes(start, offsets[last + 1] as number)
  const count = Math.min(groupRows, rows - group * groupRows)
  return Promise.all(
    frames.map((frame) => {
      const [from, to] = [offsets[frame] as number, offsets[frame + 1] as number]
      return decodeColumn(bytes.subarray(from - start, to - start), count)
    }),
  )
}

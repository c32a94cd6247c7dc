import { setImmediate } from 'node:timers/promises'
import type { Columns } from '../../market-data/series.ts'
import { GROUP_ROWS } from './table-codec.ts'

/** A table of named columns that is read in groups of rows, wherever it lies. */
export type ColumnarTable<Name extends string = string> = {
  rows: number
  /** Rows of each group but the last. */
  groupRows: number
  /** Read columns of a group, in the order of `names`. They must not be written. */
  read(group: number, names: readonly Name[]): Promise<Columns>
}

/** A table in memory. */
export function memoryTable<Name extends string>(columns: Record<Name, Float64Array>): ColumnarTable<Name> {
  const [first] = Object.values<Float64Array>(columns)
  const read = (group: number, names: readonly Name[]) =>
    names.map((name) => columns[name].subarray(group * GROUP_ROWS, (group + 1) * GROUP_ROWS))
  return {
    rows: first?.length ?? 0,
    groupRows: GROUP_ROWS,
    read: async (group, names) => read(group, names),
  }
}

/** Read columns group by group, from the row `from` of the table on. The event loop runs between the groups. */
export async function* scanTable<Name extends string>(
  table: ColumnarTable<Name>,
  names: readonly Name[],
): AsyncGenerator<{ from: number; columns: Columns }> {
  const { rows, groupRows } = table
  for (let from = 0; from < rows; from += groupRows) {
    yield { from, columns: await table.read(from / groupRows, names) }
    await setImmediate()
  }
}

/** Indices into `positions`, by the group that the position lies in, groups ascending. */
function byGroup(positions: ArrayLike<number>, groupRows: number): [number, number[]][] {
  const found = new Map<number, number[]>()
  for (let at = 0; at < positions.length; at++) {
    const group = Math.floor((positions[at] as number) / groupRows)
    const members = found.get(group)
    if (members === undefined) found.set(group, [at])
    else members.push(at)
  }
  return [...found].sort(([a], [b]) => a - b)
}

/** Read the rows at `positions`, in their order. Holds one group of the table at a time. */
export async function takeRows<Name extends string>(
  table: ColumnarTable<Name>,
  names: readonly Name[],
  positions: ArrayLike<number>,
): Promise<Columns> {
  const taken = names.map(() => new Float64Array(positions.length))
  for (const [group, members] of byGroup(positions, table.groupRows)) {
    const columns = await table.read(group, names)
    const start = group * table.groupRows
    for (const [index, column] of columns.entries()) {
      const into = taken[index] as Float64Array
      for (const at of members) into[at] = column[(positions[at] as number) - start] as number
    }
    await setImmediate()
  }
  return taken
}

/** Positions of the rows whose value in a column is `value`, ascending. */
export async function findPositions<Name extends string>(
  table: ColumnarTable<Name>,
  name: Name,
  value: number,
): Promise<number[]> {
  const found: number[] = []
  for await (const { from, columns } of scanTable(table, [name])) {
    const [column] = columns as [Float64Array]
    for (let at = column.indexOf(value); at !== -1; at = column.indexOf(value, at + 1)) found.push(from + at)
  }
  return found
}

/** Read a whole column. */
export async function readColumn<Name extends string>(
  table: ColumnarTable<Name>,
  name: Name,
): Promise<Float64Array> {
  const whole = new Float64Array(table.rows)
  for await (const { from, columns } of scanTable(table, [name])) whole.set(columns[0] as Float64Array, from)
  return whole
}

/** A table with one column more, which is computed group after group: each value may depend on those before it. */
export function withRunningColumn<Name extends string, Added extends string>(
  table: ColumnarTable<Name>,
  {
    name,
    from,
    start,
    next,
  }: { name: Added; from: Name; start: number; next(before: number, value: number): number },
): ColumnarTable<Name | Added> {
  // The value behind the last group that was computed: reading on from there repeats nothing.
  let done = { group: 0, value: start }

  async function valuesOf(group: number): Promise<Float64Array> {
    if (group < done.group) done = { group: 0, value: start }
    for (;;) {
      const current: number = done.group
      const [column] = (await table.read(current, [from])) as [Float64Array]
      const values = new Float64Array(column.length)
      let before = done.value
      for (let at = 0; at < column.length; at++) {
        before = next(before, column[at] as number)
        values[at] = before
      }
      done = { group: current + 1, value: before }
      if (current === group) return values
      await setImmediate()
    }
  }

  return {
    ...table,
    async read(group, names) {
      const stored = names.filter((wanted): wanted is Name => wanted !== name)
      const columns = await table.read(group, stored)
      if (stored.length === names.length) return columns
      const values = await valuesOf(group)
      return names.map((wanted) =>
        wanted === name ? values : (columns[stored.indexOf(wanted as Name)] as Float64Array),
      )
    },
  }
}

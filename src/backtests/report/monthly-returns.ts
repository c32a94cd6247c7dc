import { type ColumnarTable, scanTable } from '../tables/columnar-table.ts'
import type { EquityColumn } from '../tables/result-views.ts'

export type YearOfReturns = {
  year: number
  /** Return of each month, as a fraction; null where the run does not reach into it. */
  months: (number | null)[]
  total: number
}

/** Compute the returns of calendar months (UTC) from days, the first against the initial capital. */
export async function monthlyReturns(
  daily: ColumnarTable<EquityColumn>,
  initialCapital: number,
): Promise<YearOfReturns[]> {
  const years = new Map<number, YearOfReturns & { start: number }>()
  let [before, last] = [initialCapital, initialCapital]
  let month = ''
  for await (const { columns } of scanTable(daily, ['time', 'equity'])) {
    const [times, equity] = columns as [Float64Array, Float64Array]
    for (const [at, time] of times.entries()) {
      const date = new Date(time)
      const [year, index] = [date.getUTCFullYear(), date.getUTCMonth()]
      if (month !== `${year}-${index}`) {
        before = last
        month = `${year}-${index}`
      }
      last = equity[at] as number
      const row = years.get(year) ?? { year, months: Array(12).fill(null), total: 0, start: before }
      row.months[index] = last / before - 1
      row.total = last / row.start - 1
      years.set(year, row)
    }
  }
  return [...years.values()].map(({ year, months, total }) => ({ year, months, total }))
}

import type { DailyCurve } from '../run-output.ts'

export type YearOfReturns = {
  year: number
  /** Return of each month, as a fraction; null where the run does not reach into it. */
  months: (number | null)[]
  total: number
}

/** Returns of calendar months (UTC), the first against the initial capital. */
export function monthlyReturns({ day, equity }: DailyCurve, initialCapital: number): YearOfReturns[] {
  const years = new Map<number, YearOfReturns & { start: number }>()
  let [before, last] = [initialCapital, initialCapital]
  let month = ''
  for (const [at, time] of day.entries()) {
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
  return [...years.values()].map(({ year, months, total }) => ({ year, months, total }))
}

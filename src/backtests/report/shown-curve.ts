import { type ColumnarTable, scanTable } from '../tables/columnar-table.ts'
import type { EquityColumn } from '../tables/result-views.ts'

/** Points of a curve: times, UTC in ms, and values. */
export type Line = readonly [Float64Array, Float64Array]

/** A run's curves as pictures show them. */
export type ShownCurve = {
  /** First and last time. */
  from: number
  to: number
  equity: Line
  buyAndHold: Line
  /** Distance of the equity from its peak so far as a fraction of that, 0 or less. */
  depth: Line
}

const MOST_STRETCHES = 500

type Thinner = { add(time: number, value: number): void; line(): Line }

/** Keeps of each stretch of a curve the lowest and the highest point, so that no peak and no depth is lost. */
function thinner(points: number): Thinner {
  const size = Math.ceil(points / MOST_STRETCHES)
  const kept: [number[], number[]] = [[], []]
  let count = 0
  let low = { time: 0, value: 0, at: 0 }
  let high = low
  const keep = ({ time, value }: typeof low) => {
    kept[0].push(time)
    kept[1].push(value)
  }
  const close = () => {
    const [first, second] = low.at < high.at ? [low, high] : [high, low]
    keep(first)
    keep(second)
  }
  return {
    add(time, value) {
      const point = { time, value, at: count }
      const isLast = ++count === points
      if (size <= 2) return keep(point)
      const isFirst = point.at % size === 0
      if (isFirst || value < low.value) low = point
      if (isFirst || value > high.value) high = point
      if (isLast || count % size === 0) close()
      if (isLast) keep(point)
    },
    line: () => [Float64Array.from(kept[0]), Float64Array.from(kept[1])],
  }
}

/** Prepare the curves of a run for pictures. */
export async function showCurve(
  table: ColumnarTable<EquityColumn>,
  initialCapital: number,
): Promise<ShownCurve> {
  const { rows } = table
  const [equity, buyAndHold, depth] = [thinner(rows), thinner(rows), thinner(rows)]
  let [from, to, peak] = [Number.NaN, Number.NaN, initialCapital]
  for await (const { columns } of scanTable(table, ['time', 'equity', 'buyAndHold'])) {
    const [times, values, held] = columns as [Float64Array, Float64Array, Float64Array]
    if (Number.isNaN(from)) from = times[0] as number
    for (let at = 0; at < times.length; at++) {
      const [time, value] = [times[at] as number, values[at] as number]
      peak = Math.max(peak, value)
      equity.add(time, value)
      buyAndHold.add(time, held[at] as number)
      depth.add(time, (value - peak) / peak)
    }
    to = times.at(-1) as number
  }
  return { from, to, equity: equity.line(), buyAndHold: buyAndHold.line(), depth: depth.line() }
}

import type { Trade } from '../../engine/outcome.ts'
import { TRADE_NAMES, tradesOf } from '../outcome-tables.ts'
import { type ColumnarTable, scanTable, takeRows } from '../tables/columnar-table.ts'
import { MOST_MARKS } from './trade-marks.ts'

/** Rows of the table of trades: half of them from its begin, half from its end. */
export const MOST_ROWS = 2_000
const HALF = MOST_ROWS / 2
const STRETCHES = 160

/** What trades won and lost in each stretch of time from `from` to before `to`, by their exits. */
export type Profits = { from: number; to: number; won: Float64Array; lost: Float64Array }

/** What a report shows of a run's trades. */
export type ReportTrades = {
  /** Closed ones. */
  count: number
  /** From the begin; all of them where they are few. */
  first: readonly Trade[]
  /** From the end, where they are many. */
  last: readonly Trade[]
  /** The trades that tell the most: the best, the worst and the last, each once. */
  chosen: readonly { title: string; trade: Trade }[]
  profits: Profits
  /** Open ones as well, by market: how many, and as many of them as a picture marks, or one more. */
  byMarket: ReadonlyMap<number, { count: number; trades: readonly Trade[] }>
}

type Scanned = {
  best: number
  worst: number
  profits: Profits
  marks: Map<number, { count: number; positions: number[] }>
}

function addProfit({ from, to, won, lost }: Profits, exitTime: number, netProfit: number): void {
  const at = Math.min(STRETCHES - 1, Math.floor(((exitTime - from) / (to - from)) * STRETCHES))
  const sums = netProfit > 0 ? won : lost
  sums[at] = (sums[at] as number) + netProfit
}

type Trades = ColumnarTable<keyof Trade>

async function scanTrades(table: Trades, closed: number, from: number, to: number): Promise<Scanned> {
  const profits = { from, to, won: new Float64Array(STRETCHES), lost: new Float64Array(STRETCHES) }
  const marks: Scanned['marks'] = new Map()
  let [best, worst] = [0, 0]
  let [highest, lowest] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for await (const { from: start, columns } of scanTable(table, ['market', 'exitTime', 'netProfit'])) {
    const [markets, exitTimes, netProfits] = columns as [Float64Array, Float64Array, Float64Array]
    for (let at = 0; at < markets.length; at++) {
      const position = start + at
      const mark = marks.get(markets[at] as number) ?? { count: 0, positions: [] }
      if (mark.count++ <= MOST_MARKS) mark.positions.push(position)
      marks.set(markets[at] as number, mark)
      if (position >= closed) continue
      const netProfit = netProfits[at] as number
      if (netProfit > highest) [best, highest] = [position, netProfit]
      if (netProfit <= lowest) [worst, lowest] = [position, netProfit]
      addProfit(profits, exitTimes[at] as number, netProfit)
    }
  }
  return { best, worst, profits, marks }
}

/** Titles of the chosen trades by their positions, the first title of each. */
function titlesOf(closed: number, { best, worst }: Scanned): Map<number, string> {
  const titles = new Map<number, string>()
  if (closed === 0) return titles
  for (const [title, position] of [
    ['Best', best],
    ['Worst', worst],
    ['Last', closed - 1],
  ] as const) {
    if (!titles.has(position)) titles.set(position, title)
  }
  return titles
}

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)

/**
 * Read what a report shows of trades: few of them as objects, the others in sums.
 * @param closed number of closed trades, which come first
 * @param curve first and last time of the run
 */
export async function readReportTrades(
  table: Trades,
  closed: number,
  curve: { from: number; to: number },
): Promise<ReportTrades> {
  const read = async (positions: number[]) => tradesOf(await takeRows(table, TRADE_NAMES, positions))
  const [lastClosed] = closed === 0 ? [] : await read([closed - 1])
  const end = Math.max(curve.to, lastClosed?.exitTime ?? curve.to) + 1
  const scanned = await scanTrades(table, closed, curve.from, end)
  const isCut = closed > MOST_ROWS
  const titles = titlesOf(closed, scanned)
  const chosen = await read([...titles.keys()])
  const byMarket: [number, { count: number; trades: Trade[] }][] = []
  for (const [market, { count, positions }] of scanned.marks) {
    byMarket.push([market, { count, trades: await read(positions) }])
  }
  return {
    count: closed,
    first: await read(range(0, isCut ? HALF : closed)),
    last: await read(isCut ? range(closed - HALF, closed) : []),
    chosen: [...titles.values()].map((title, at) => ({ title, trade: chosen[at] as Trade })),
    profits: scanned.profits,
    byMarket: new Map(byMarket),
  }
}

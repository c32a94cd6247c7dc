import { EXIT_REASONS, TRADE_FIELDS } from '../src/engine/outcome-records.ts'
import { START } from './market.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

/** A generator of numbers from 0 to before 1 that are the same each time. */
function randomNumbers(): () => number {
  let state = 1
  return () => {
    state = (1_664_525 * state + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Columns of a stored table of trades, as no run of a test makes so many. */
export function manyTrades(rows: number): Float64Array[] {
  const random = randomNumbers()
  const columns = TRADE_FIELDS.map(() => new Float64Array(rows))
  for (let row = 0; row < rows; row++) {
    const [entryPrice, exitPrice] = [100 + random(), 100 + random()]
    const [quantity, entryTime] = [Math.ceil(1_000 * random()) / 1_000, START + row * MINUTE]
    const [grossProfit, fees] = [(exitPrice - entryPrice) * quantity, 0.1 * quantity]
    const values: Record<string, number> = {
      ...{ entryTime, exitTime: entryTime + MINUTE, signalTime: entryTime - MINUTE, market: 0 },
      ...{ side: row % 2, entryPrice, quantity, exitPrice, exitReason: row % EXIT_REASONS.length },
      ...{ grossProfit, fees, funding: 0, netProfit: grossProfit - fees, bars: 1 },
      ...{ maxFavourable: random() / 100, maxAdverse: -random() / 100 },
      ...{ sizeClipped: row % 7 === 0 ? 1 : 0, acrossGap: 0 },
    }
    for (const [at, { name }] of TRADE_FIELDS.entries())
      (columns[at] as Float64Array)[row] = values[name] as number
  }
  return columns
}

/** Columns of a stored order log, in the order of its fields. */
export function manyOrders(rows: number): Float64Array[] {
  const random = randomNumbers()
  const of = (value: (row: number) => number) => Float64Array.from({ length: rows }, (_, row) => value(row))
  const [time, market, side, kind] = [
    of((row) => START + row * MINUTE),
    of(() => 0),
    of((row) => row % 2),
    of((row) => row % 2),
  ]
  const [state, reason, fee] = [of((row) => row % 4), of((row) => row % 11), of(() => random())]
  const [price, quantity] = [of((row) => (row % 4 ? Number.NaN : random())), of(() => random())]
  const [liquidity, atOpen, trade] = [of((row) => row % 3), of((row) => row % 2), of((row) => row - 1)]
  return [time, market, side, kind, state, reason, price, quantity, fee, liquidity, atOpen, trade]
}

/** Columns of a stored curve of days. */
export function manyDays(rows: number): Float64Array[] {
  const random = randomNumbers()
  const of = (value: (row: number) => number) => Float64Array.from({ length: rows }, (_, row) => value(row))
  return [of((row) => row * DAY), of(() => 9_000 + 2_000 * random()), of(() => 10_000)]
}

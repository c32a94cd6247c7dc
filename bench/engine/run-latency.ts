import { sessionNumbers } from '../lab/accounts.ts'
import { spreadOf } from '../lab/compare.ts'
import { type Row, valueRow } from '../lab/rows.ts'
import { makeOurData, type OurData, serveOurData } from '../systems/ours.ts'
import { candleFile } from './candle-files.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { parametersOf, TUNABLE_STRATEGY } from './strategy.ts'
import { openTrader, type Trader } from './trader.ts'

const YEAR_OF_MINUTES = 525_600
const OPERATION = 'POST of a backtest to `succeeded` on its event stream, one year of minutes'
const FIRST_GOAL_MS = 1_000
const LATER_GOAL_MS = 300
const SYMBOL = 'BTC/USDT'
/** The load signs nobody in; the accounts need so many users for it all the same. */
const USERS = 300
/** Runs of each round that find the candles in memory. */
const LATER_RUNS = 10
const WARM_UP_RUNS = 3

type Asked = { trader: Trader; strategyId: string }

async function open(ours: OurData, base: string): Promise<Trader> {
  return openTrader(ours, base, sessionNumbers(ours.accounts, 1)[0] ?? 0)
}

async function runOnce({ trader, strategyId }: Asked, run: number): Promise<number> {
  const begin = performance.now()
  const { id } = await trader.post(`/strategies/${strategyId}/backtests`, {
    instruments: [{ exchange: 'binance', symbol: SYMBOL }],
    initial_capital: 1_000_000,
    fees: { maker: 0.001, taker: 0.001 },
    parameters: parametersOf(run),
  })
  await trader.follow(id)
  return performance.now() - begin
}

/** Puts a year of candles and a strategy into the database. @returns the strategy's id */
async function prepare(ours: OurData, bars: number): Promise<string> {
  const server = await serveOurData(ours)
  try {
    const trader = await open(ours, server.base)
    await trader.upload(await candleFile(bars, 1), SYMBOL)
    const { id } = await trader.post('/strategies', { document: TUNABLE_STRATEGY })
    return id
  } finally {
    await server.stop()
  }
}

/** How long a user waits for a result: in a process that has just started, and with the candles in memory. */
export async function runLatency(lab: EngineLaboratory): Promise<Row[]> {
  const ours = await makeOurData(await lab.postgres(), { database: 'latency', users: USERS })
  const strategyId = await prepare(ours, lab.quick ? lab.bars : YEAR_OF_MINUTES)
  const [first, later]: [number[], number[]] = [[], []]
  let run = 0
  for (let round = 0; round < lab.pace.rounds; round += 1) {
    const server = await serveOurData(ours)
    try {
      const asked = { trader: await open(ours, server.base), strategyId }
      first.push(await runOnce(asked, run++))
      for (let count = 0; count < WARM_UP_RUNS; count += 1) await runOnce(asked, run++)
      for (let count = 0; count < LATER_RUNS; count += 1) later.push(await runOnce(asked, run++))
    } finally {
      await server.stop()
    }
  }
  return [
    valueRow(`${OPERATION}, first run of a process`, spreadOf(first), ' ms', FIRST_GOAL_MS),
    valueRow(`${OPERATION}, candles in memory`, spreadOf(later), ' ms', LATER_GOAL_MS),
  ]
}

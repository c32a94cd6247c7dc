import { setTimeout as delay } from 'node:timers/promises'
import { SESSIONS_PER_USER, sessionNumbers } from '../lab/accounts.ts'
import { spreadOf } from '../lab/compare.ts'
import { query } from '../lab/database.ts'
import { type Row, valueRow } from '../lab/rows.ts'
import { residentMegabytes } from '../lab/usage.ts'
import { makeOurData, type OurData, serveOurData, startOurWorker } from '../systems/ours.ts'
import { candleFile } from './candle-files.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { parametersOf, TUNABLE_STRATEGY } from './strategy.ts'
import { openTrader, type Trader } from './trader.ts'

const OPERATION = 'Resident memory of a worker process'
const SYMBOL = 'BTC/USDT'
const USERS = 300
const BARS = 50_000
/** Runs after which the memory is read. */
const MARKS = [100, 400, 700, 1_000]
const QUICK_MARKS = [10, 20]
/** How much larger than after the first it may be after the last. */
const GOAL = 1.1
const SETTLE_MS = 3_000
const LOOK_MS = 100

async function succeeded({ databaseUrl }: OurData): Promise<number> {
  const { rows } = await query(
    databaseUrl,
    `SELECT count(*) FILTER (WHERE state = 'succeeded')::int AS done, count(*) FILTER (WHERE state = 'failed')::int
      AS failed FROM backtests`,
  )
  if (rows[0].failed > 0) throw new Error(`${rows[0].failed} backtests failed`)
  return rows[0].done
}

async function runUntil(ours: OurData, traders: Trader[], strategyId: string, begin: number, end: number) {
  for (let run = begin; run < end; run += 1) {
    await traders[run % traders.length]?.post(`/strategies/${strategyId}/backtests`, {
      instruments: [{ exchange: 'binance', symbol: SYMBOL }],
      parameters: parametersOf(run),
    })
  }
  while ((await succeeded(ours)) < end) await delay(LOOK_MS)
}

/** Whether a worker that has run a thousand backtests is as small as one that has run a hundred. */
export async function workerMemory(lab: EngineLaboratory): Promise<Row[]> {
  const data = await makeOurData(await lab.postgres(), { database: 'memory', users: USERS })
  const ours = { ...data, env: { ...data.env, BACKTEST_THREADS: '0', MAX_BACKTESTS_PER_USER: '5000' } }
  const server = await serveOurData(ours)
  const worker = await startOurWorker({ ...ours.env, BACKTEST_THREADS: '1' })
  const sizes: number[] = []
  try {
    const first = sessionNumbers(ours.accounts, 1)[0] ?? 0
    // All sessions of one user, since one may ask 600 times a minute.
    const traders = Array.from({ length: SESSIONS_PER_USER }, (_, n) =>
      openTrader(ours, server.base, first + n),
    )
    await traders[0]?.upload(await candleFile(BARS, 1), SYMBOL)
    const { id } = (await traders[0]?.post('/strategies', { document: TUNABLE_STRATEGY })) ?? { id: '' }
    const marks = lab.quick ? QUICK_MARKS : MARKS
    for (const [at, mark] of marks.entries()) {
      await runUntil(ours, traders, id, marks[at - 1] ?? 0, mark)
      await delay(SETTLE_MS)
      sizes.push(await residentMegabytes(worker.pid))
    }
    const [small = Number.NaN, last = Number.NaN] = [sizes[0], sizes.at(-1)]
    return [
      ...marks.map((mark, at) =>
        valueRow(`${OPERATION} after ${mark} runs`, spreadOf([sizes[at] ?? Number.NaN]), ' MB'),
      ),
      valueRow(`${OPERATION}, after the last by after the first`, spreadOf([last / small]), '', GOAL),
    ]
  } finally {
    await worker.stop()
    await server.stop()
  }
}

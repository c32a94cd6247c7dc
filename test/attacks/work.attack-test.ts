import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { installSampleData } from '../../src/market-data/install-sample-data.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { CROSS, giveCandles, giveStrategy, runBacktest, type Trader, trader } from '../backtests.ts'
import { type Answer, createClient } from '../client.ts'
import { killProgram, type Program, startProgram } from '../programs.ts'
import { until } from '../until.ts'
import type { Flood, FloodRequest } from './flood.ts'
import { isLong } from './long.ts'

const ATTACKERS = 20
const AT_ONCE = 60
/** Attackers who have two years of five minutes; the others have hours. */
const LARGE = 5
const SECONDS = isLong ? 60 : 10
const MEMORY_BYTES = 1.2e9
const P99_MS = 500

let front: TestApp
let program: Program
let url: string
before(async () => {
  // Accounts are made here, and everything that is attacked runs in a process of its own.
  front = await startTestApp({ withoutJobs: true })
  await installSampleData(front.platform.db, new Date())
  program = startProgram(['src/main.ts'], {
    env: {
      APP_ENV: 'test',
      DATA_FOLDER: front.dataFolder,
      DATABASE_URL: front.database.url,
      TRUSTED_PROXIES: '127.0.0.1',
      PORT: '0',
    },
  })
  url = await program.url()
})
after(async () => {
  await killProgram(program)
  await front.close()
})

/** Sends a request of an account to the attacked process. */
function ask({ person }: Trader, path: string): Promise<Answer> {
  return createClient({ url }).get(path, { token: person.accessToken })
}

type Account = Flood['accounts'][number]

const HEAVY = {
  ...CROSS,
  name: 'Heavy',
  long: {
    entry: `${Array.from({ length: 20 }, (_, at) => `cci(${480 + at}) > ${at}`).join(' or ')} or close > sma(close, fast)`,
    exit: 'close < open',
  },
}

/** Every route that loads or computes something, for one account: as many different requests as come at once. */
function hostileRequests(strategy: string, backtest: string, dataset: string): FloodRequest[] {
  const get = (path: string): FloodRequest => ({ method: 'GET', path })
  const post = (path: string, body: object): FloodRequest => ({ method: 'POST', path, body })
  return Array.from({ length: AT_ONCE / 10 }, (_, number) => [
    post(`/backtests/${backtest}/verify`, {}),
    get(`/backtests/${backtest}/equity?resolution=bar&limit=1`),
    get(`/backtests/${backtest}/explain?at=2024-06-01`),
    get(`/backtests/${backtest}/report`),
    get(`/backtests/${backtest}/trades?limit=1&sort=-net_profit`),
    get(`/backtests/${backtest}/orders?limit=1&sort=-price`),
    get(`/backtests/compare?ids=${backtest},${backtest}`),
    get(`/market/datasets/${dataset}/candles?limit=10000`),
    post(`/strategies/${strategy}/backtests`, {
      instruments: [{ dataset_id: dataset }],
      parameters: { fast: 2 + number },
    }),
    post('/strategies/validate', { document: { ...HEAVY, timeframe: '5m' } }),
  ]).flat()
}

async function makeAttacker(timeframe: string, dataset: string): Promise<Account> {
  const who = await trader(front)
  const strategy = await giveStrategy(who, { ...HEAVY, timeframe })
  const rules = { entry: 'close > open', exit: 'close < open' }
  const light = await giveStrategy(who, { ...HEAVY, timeframe, name: 'Light', long: rules })
  const { id, state } = await runBacktest(front, who, light, { instruments: [{ dataset_id: dataset }] })
  assert.equal(state, 'succeeded')
  return { token: who.person.accessToken, requests: hostileRequests(strategy, id, dataset) }
}

/** Starts the flood in a process of its own. @returns how often each status was answered, once it is over */
async function flood(accounts: Account[]): Promise<Record<string, number>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'flood.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const plan: Flood = { url, seconds: SECONDS, atOnce: AT_ONCE, accounts }
  child.stdin.end(JSON.stringify(plan))
  return JSON.parse(await text(child.stdout))
}

async function peakMemory(): Promise<number> {
  const status = await readFile(`/proc/${program.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

describe('31. work without a budget stops the service for everybody', () => {
  it(`${ATTACKERS} accounts with ${AT_ONCE} requests at once: the process lives in 1.2 GB, and others are answered`, async (t) => {
    const honest = await trader(front)
    const dataset = await giveCandles(front, honest)
    const strategy = await giveStrategy(honest)
    const own = await runBacktest(front, honest, strategy, { instruments: [{ dataset_id: dataset }] })
    const sample = async (timeframe: string) =>
      (await honest.get(`/market/datasets?owner=shared&timeframe=${timeframe}`)).data.datasets[0].id
    const [large, small] = [await sample('5m'), await sample('1h')]
    const attackers: Account[] = []
    for (let at = 0; at < ATTACKERS; at++) {
      attackers.push(await makeAttacker(at < LARGE ? '5m' : '1h', at < LARGE ? large : small))
    }
    const paths = [
      '/users/me',
      '/backtests',
      `/backtests/${own.id}`,
      `/backtests/${own.id}/trades?limit=20`,
      '/market/datasets',
      `/market/datasets/${dataset}/candles?limit=500`,
      `/strategies/${strategy}`,
    ]
    let isOver = false
    const flooding = flood(attackers).finally(() => {
      isOver = true
    })
    const times: [number, string][] = []
    for (let at = 0; !isOver; at++) {
      const path = paths[at % paths.length] as string
      const begin = performance.now()
      const { status, body } = await ask(honest, path)
      times.push([performance.now() - begin, path])
      assert.equal(status, 200, JSON.stringify(body))
      await setTimeout(20)
    }
    const counts = await flooding
    times.sort(([a], [b]) => a - b)
    const [p99] = times[Math.ceil(times.length * 0.99) - 1] as [number, string]
    const peak = await peakMemory()
    t.diagnostic(
      JSON.stringify({
        counts,
        requests: times.length,
        p50: times[times.length >> 1],
        p99,
        peak,
        slow: times.slice(-8),
      }),
    )
    const unexpected = Object.keys(counts).filter(
      (status) => !['200', '201', '202', '422', '429', '503'].includes(status),
    )
    assert.deepEqual(unexpected, [], JSON.stringify(counts))
    assert.ok(peak < MEMORY_BYTES, `${peak} bytes at most`)
    assert.ok(p99 < P99_MS, `${p99} ms`)
    const run = { instruments: [{ dataset_id: dataset }], initial_capital: 777 }
    const { person } = honest
    const client = createClient({ url })
    const token = person.accessToken
    const answer = await client.post(`/strategies/${strategy}/backtests`, run, { token })
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
    const { db } = front.platform
    const query = db.selectFrom('backtests').select('state').where('id', '=', answer.data.id)
    await until(async () => (await query.executeTakeFirst())?.state === 'succeeded')
  })
})

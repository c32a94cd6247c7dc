import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { installSampleData } from '../../src/market-data/install-sample-data.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { CROSS, giveCandles, giveStrategy, runBacktest, type Trader, trader } from '../backtests.ts'
import { type Answer, createClient } from '../client.ts'
import { killProgram, type Program, startProgram } from '../programs.ts'
import { until } from '../until.ts'
import { atOnce, tally } from './instances.ts'
import { isLong } from './long.ts'

const ATTACKERS = 20
const AT_ONCE = 60
/** Attackers who have two years of five minutes; the others have hours. */
const LARGE = 5
const SECONDS = isLong ? 60 : 10
const MEMORY_BYTES = 1.2e9
const P99_MS = 500
/** A moment of a hostile client between two floods. */
const PAUSE_MS = 250

let front: TestApp
let program: Program
let url: string
before(async () => {
  // Accounts are made here, and everything that is attacked runs in a process of its own.
  front = await startTestApp({ env: { BACKTEST_THREADS: '1' } })
  await installSampleData(front.platform.db, new Date())
  program = startProgram(['src/main.ts'], {
    env: {
      APP_ENV: 'test',
      DATA_FOLDER: front.dataFolder,
      DATABASE_URL: front.database.url,
      TRUSTED_PROXIES: '127.0.0.1',
      LOG_LEVEL: 'warn',
      PORT: '0',
    },
  })
  url = await program.url()
})
after(async () => {
  await killProgram(program)
  await front.close()
})

/** Sends requests of an account to the attacked process. */
function clientOf({ person }: Trader) {
  const client = createClient({ url })
  const options = { token: person.accessToken }
  return {
    get: (path: string, headers: Record<string, string> = {}) => client.get(path, { ...options, headers }),
    post: (path: string, body: object) => client.post(path, body, options),
  }
}

type Client = ReturnType<typeof clientOf>
type Attacker = { client: Client; strategy: string; backtest: string; dataset: string }

const HEAVY = {
  ...CROSS,
  name: 'Heavy',
  long: {
    entry: `${Array.from({ length: 20 }, (_, at) => `cci(${480 + at}) > ${at}`).join(' or ')} or close > sma(close, fast)`,
    exit: 'close < open',
  },
}

async function makeAttacker(timeframe: string, dataset: string): Promise<Attacker> {
  const who = await trader(front)
  const strategy = await giveStrategy(who, { ...HEAVY, timeframe })
  const light = await giveStrategy(who, {
    ...HEAVY,
    timeframe,
    name: 'Light',
    long: { entry: 'close > open', exit: 'close < open' },
  })
  const { id, state } = await runBacktest(front, who, light, { instruments: [{ dataset_id: dataset }] })
  assert.equal(state, 'succeeded')
  return { client: clientOf(who), strategy, backtest: id, dataset }
}

/** Every route that loads or computes something, from the dearest to the cheapest. */
function hostileRequest({ client, strategy, backtest, dataset }: Attacker, number: number): Promise<Answer> {
  const requests = [
    () => client.post(`/backtests/${backtest}/verify`, {}),
    () => client.get(`/backtests/${backtest}/equity?resolution=bar&limit=1`),
    () => client.get(`/backtests/${backtest}/explain?at=2024-06-01`),
    () => client.get(`/backtests/${backtest}/report`),
    () => client.get(`/backtests/${backtest}/trades?limit=1&sort=-net_profit`),
    () => client.get(`/backtests/${backtest}/orders?limit=1&sort=-price`),
    () => client.get(`/backtests/compare?ids=${backtest},${backtest}`),
    () => client.get(`/market/datasets/${dataset}/candles?limit=10000`),
    () =>
      client.post(`/strategies/${strategy}/backtests`, {
        instruments: [{ dataset_id: dataset }],
        parameters: { fast: 2 + (number % 9) },
        initial_capital: 1_000 + number,
      }),
    () => client.post('/strategies/validate', { document: HEAVY }),
  ]
  return (requests[number % requests.length] as () => Promise<Answer>)()
}

async function attack(attacker: Attacker, over: AbortSignal): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let round = 0; !over.aborted; round++) {
    answers.push(...(await atOnce(AT_ONCE, (at) => hostileRequest(attacker, round * AT_ONCE + at))))
    await setTimeout(PAUSE_MS)
  }
  return answers
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
    const attackers: Attacker[] = []
    for (let at = 0; at < ATTACKERS; at++)
      attackers.push(await makeAttacker(at < LARGE ? '5m' : '1h', at < LARGE ? large : small))

    const over = new AbortController()
    const attacks = Promise.all(attackers.map((attacker) => attack(attacker, over.signal)))
    const client = clientOf(honest)
    const paths = [
      '/users/me',
      '/backtests',
      `/backtests/${own.id}`,
      `/backtests/${own.id}/trades?limit=20`,
      '/market/datasets',
      `/market/datasets/${dataset}/candles?limit=500`,
      `/strategies/${strategy}`,
    ]
    const times: number[] = []
    const deadline = performance.now() + SECONDS * 1_000
    for (let at = 0; performance.now() < deadline; at++) {
      const begin = performance.now()
      const { status, body } = await client.get(paths[at % paths.length] as string)
      times.push(performance.now() - begin)
      assert.equal(status, 200, JSON.stringify(body))
      await setTimeout(20)
    }
    over.abort()
    const counts = tally((await attacks).flat())
    const unexpected = Object.keys(counts).filter(
      (status) => !['200', '201', '202', '422', '429', '503'].includes(status),
    )
    assert.deepEqual(unexpected, [], JSON.stringify(counts))
    times.sort((a, b) => a - b)
    const p99 = times[Math.ceil(times.length * 0.99) - 1] as number
    const peak = await peakMemory()
    t.diagnostic(JSON.stringify({ counts, requests: times.length, p50: times[times.length >> 1], p99, peak }))
    assert.ok(peak < MEMORY_BYTES, `${peak} bytes at most`)
    assert.ok(p99 < P99_MS, `${p99} ms`)
    const answer = await client.post(`/strategies/${strategy}/backtests`, {
      instruments: [{ dataset_id: dataset }],
      initial_capital: 777,
    })
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
    await until(async () => (await client.get(`/backtests/${answer.data.id}`)).data.state === 'succeeded')
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import {
  CROSS,
  giveCandles,
  giveStrategy,
  runBacktest,
  swingingLines,
  type Trader,
  trader,
} from '../../test/backtests.ts'
import { manyDays, manyOrders, manyTrades } from '../../test/large-tables.ts'
import { START } from '../../test/market.ts'
import { encodeTable } from './tables/table-codec.ts'

const ROWS = 500_000
const BARS = 150_000
const SMALL = 3_000
/** Beyond what a small table takes, for collections of garbage. Rows as objects take seconds. */
const TOLERANCE_MS = 150

let app: TestApp
let ada: Trader

type Run = { id: string; dataset: string }

/** Runs a backtest, and puts tables with so many rows in the place of its own. */
async function runWithTables(bars: number, rows: number, symbol: string): Promise<Run> {
  const dataset = await giveCandles(app, ada, swingingLines(bars), {
    exchange: 'binance',
    symbol,
    timeframe: '1m',
  })
  const { id, run_id: key } = await runBacktest(app, ada, await giveStrategy(ada, CROSS), {
    instruments: [{ dataset_id: dataset }],
  })
  const [trades, orders, daily] = await Promise.all([
    encodeTable(manyTrades(rows)),
    encodeTable(manyOrders(rows)),
    encodeTable(manyDays(rows)),
  ])
  const { db } = app.platform
  const { summary } = await db
    .selectFrom('backtest_results')
    .select('summary')
    .where('key', '=', Buffer.from(key, 'hex'))
    .executeTakeFirstOrThrow()
  await db
    .updateTable('backtest_results')
    .set({
      summary: JSON.stringify({ ...(summary as object), closedTrades: rows, orders: rows }),
      ...{ trades, orders, daily },
    })
    .where('key', '=', Buffer.from(key, 'hex'))
    .execute()
  return { id, dataset }
}

/**
 * Measures the most that this thread computes between two turns of the event loop, in ms. That is how long everybody else
 * waits; time in which a loaded machine runs another process does not count.
 */
function watchTurns(): { end(): number } {
  const used = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let [last, most] = [used(), 0]
  const look = () => {
    const now = used()
    most = Math.max(most, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  return {
    end() {
      clearInterval(timer)
      look()
      return most
    },
  }
}

/** Reads an answer without keeping it. */
async function readAnswer(path: string, accept: string): Promise<{ bytes: number; blockedMs: number }> {
  const { person } = ada
  const headers = {
    accept,
    authorization: `Bearer ${person.accessToken}`,
    'x-forwarded-for': person.client.ip,
  }
  const turns = watchTurns()
  const request = get(`${app.url}/api/v1${path}`, { headers })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 200, path)
  let bytes = 0
  response.on('data', (piece: Buffer) => {
    bytes += piece.length
  })
  await once(response, 'end')
  return { bytes, blockedMs: turns.end() }
}

let [small, large]: (Run | undefined)[] = []

before(async () => {
  app = await startTestApp()
  ada = await trader(app)
  small = await runWithTables(SMALL, SMALL, 'SMALL/USDT')
  large = await runWithTables(BARS, ROWS, 'LARGE/USDT')
})
after(() => app.close())

const JSON_TYPE = 'application/json'
const CSV = 'text/csv'
const ARROW = 'application/vnd.apache.arrow.stream'
const bar = new Date(START + 2_000 * 60_000).toISOString()

const ROUTES: [name: string, accept: string, path: (run: Run) => string][] = [
  ['a page of trades', JSON_TYPE, ({ id }) => `/backtests/${id}/trades?limit=1`],
  ['a late page of trades', JSON_TYPE, ({ id }) => `/backtests/${id}/trades?limit=1&page=2999`],
  ['trades sorted by a number', JSON_TYPE, ({ id }) => `/backtests/${id}/trades?limit=1&sort=-net_profit`],
  ['trades sorted by a text', JSON_TYPE, ({ id }) => `/backtests/${id}/trades?limit=1&sort=exit_reason`],
  [
    'trades sorted by a computed number',
    JSON_TYPE,
    ({ id }) => `/backtests/${id}/trades?limit=1&sort=return`,
  ],
  ['a page of orders', JSON_TYPE, ({ id }) => `/backtests/${id}/orders?limit=1`],
  [
    'orders sorted by a number that may be missing',
    JSON_TYPE,
    ({ id }) => `/backtests/${id}/orders?limit=1&sort=-price`,
  ],
  ['a page of equity by day', JSON_TYPE, ({ id }) => `/backtests/${id}/equity?limit=1`],
  [
    'equity by day, sorted by drawdown',
    JSON_TYPE,
    ({ id }) => `/backtests/${id}/equity?limit=1&sort=-drawdown`,
  ],
  ['a page of equity by bar', JSON_TYPE, ({ id }) => `/backtests/${id}/equity?resolution=bar&limit=1`],
  [
    'equity by bar, sorted',
    JSON_TYPE,
    ({ id }) => `/backtests/${id}/equity?resolution=bar&limit=1&sort=-equity`,
  ],
  ['an explanation', JSON_TYPE, ({ id }) => `/backtests/${id}/explain?at=${bar}`],
  ['a report', 'text/html', ({ id }) => `/backtests/${id}/report`],
  ['a comparison', JSON_TYPE, ({ id }) => `/backtests/compare?ids=${Array(5).fill(id).join(',')}`],
  ['candles', JSON_TYPE, ({ dataset }) => `/market/datasets/${dataset}/candles?limit=1`],
  [
    'candles of a larger timeframe',
    JSON_TYPE,
    ({ dataset }) => `/market/datasets/${dataset}/candles?timeframe=1d`,
  ],
  ['all candles as JSON', JSON_TYPE, ({ dataset }) => `/market/datasets/${dataset}/candles?limit=1000000`],
  ['candles as CSV', CSV, ({ dataset }) => `/market/datasets/${dataset}/candles`],
  ['candles as Arrow', ARROW, ({ dataset }) => `/market/datasets/${dataset}/candles`],
  ['trades as CSV', CSV, ({ id }) => `/backtests/${id}/trades`],
  ['trades as Arrow', ARROW, ({ id }) => `/backtests/${id}/trades`],
  ['sorted trades as Arrow', ARROW, ({ id }) => `/backtests/${id}/trades?sort=net_profit`],
]

describe('the event loop', () => {
  for (const [name, accept, path] of ROUTES) {
    it(`is not blocked longer by ${name} of a large table than by that of a small one`, async () => {
      const few = await readAnswer(path(small as Run), accept)
      const many = await readAnswer(path(large as Run), accept)
      assert.ok(many.bytes > 0)
      const limit = few.blockedMs + TOLERANCE_MS
      assert.ok(
        many.blockedMs < limit,
        `blocked for ${many.blockedMs} ms, ${few.blockedMs} ms by a small table`,
      )
    })
  }
})

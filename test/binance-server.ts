import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type BinanceBehaviour =
  | 'answer'
  /** Takes the question and never answers. */
  | 'silent'
  /** Says how long the answer is, and hangs up in the middle of it. */
  | 'half'
  /** Sends half of it as if it were all. */
  | 'cut'
  /** A proxy's page, with status 200. */
  | 'html'
  | 'too-many'
  | 'bad-gateway'
  | 'bad-symbol'
  | 'nothing'

type Kline = (string | number)[]

/** A local HTTP server that speaks the public part of Binance's API, spot and linear, for BTC/USDT. */
export type TestBinance = {
  /** For EXCHANGE_BASE_URL. */
  url: string
  /** The questions for candles and funding, oldest first. */
  questions: URL[]
  /** By its clock, UTC in ms. */
  now: number
  /** From when to when it has candles, and at what step. */
  has: { from: number; to: number }
  /** How it answers the next so many questions for candles; `answer` afterwards. */
  behave(behaviour: BinanceBehaviour, times?: number): void
  /** Lets questions for data wait until the result is called. */
  hold(): () => void
  /** Waits until it was asked so often in all. */
  asked(times: number): Promise<void>
  /** Changes one candle. */
  correct(time: number, close: string): void
  close(): Promise<void>
}

const LENGTHS: Record<string, number> = {
  '1s': 1_000,
  '1m': 60_000,
  '5m': 300_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
}
const FUNDING_MS = 8 * 3_600_000

const FILTERS = [
  { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000', tickSize: '0.01' },
  { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '9000', stepSize: '0.00001' },
]

const SPOT = {
  ...{ symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', quoteAsset: 'USDT' },
  ...{ baseAssetPrecision: 8, quotePrecision: 8, quoteAssetPrecision: 8 },
  ...{ orderTypes: ['LIMIT'], isSpotTradingAllowed: true, permissions: ['SPOT'] },
  filters: [...FILTERS, { filterType: 'NOTIONAL', minNotional: '5.0', maxNotional: '9000000' }],
}

const LINEAR = {
  ...{
    symbol: 'BTCUSDT',
    pair: 'BTCUSDT',
    contractType: 'PERPETUAL',
    status: 'TRADING',
    marginAsset: 'USDT',
  },
  ...{
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    pricePrecision: 2,
    quantityPrecision: 3,
    deliveryDate: 4_133_404_800_000,
  },
  ...{
    baseAssetPrecision: 8,
    quotePrecision: 8,
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
  },
  filters: [...FILTERS, { filterType: 'MIN_NOTIONAL', notional: '100' }],
}

/** The candle that opens at a time: always the same. */
export function binanceKline(time: number, length: number): Kline {
  const price = 40_000 + ((time / 60_000) % 1_009)
  const text = (value: number) => value.toFixed(8)
  const prices = [price, price + 3, price - 3, price + 1].map(text)
  return [time, ...prices, text(1 + ((time / 60_000) % 7)), time + length - 1, '1.0', 1, '1.0', '1.0', '0']
}

export async function startBinance(): Promise<TestBinance> {
  let behaviour: BinanceBehaviour = 'answer'
  let times = 0
  const waiting = new Map<number, () => void>()
  const corrected = new Map<number, string>()

  const klines = (question: URL): Kline[] => {
    const { searchParams } = question
    const length = LENGTHS[searchParams.get('interval') ?? ''] ?? 60_000
    const start = Math.max(Number(searchParams.get('startTime') ?? 0), server.has.from)
    const first = Math.ceil(start / length) * length
    const rows: Kline[] = []
    for (let time = first; time < Math.min(server.has.to, server.now); time += length) {
      if (rows.length === Number(searchParams.get('limit') ?? 500)) break
      const row = binanceKline(time, length)
      rows.push(corrected.has(time) ? row.with(4, corrected.get(time) ?? '') : row)
    }
    return rows
  }
  const rates = (question: URL) => {
    const first = Math.ceil(Number(question.searchParams.get('startTime') ?? 0) / FUNDING_MS) * FUNDING_MS
    const rows: object[] = []
    for (
      let time = first;
      time < Math.min(server.has.to, server.now) && rows.length < 100;
      time += FUNDING_MS
    ) {
      const markPrice = time % (2 * FUNDING_MS) === 0 ? '' : '42000.50000000'
      rows.push({ symbol: 'BTCUSDT', fundingTime: time, fundingRate: '0.00010000', markPrice })
    }
    return rows
  }
  const answerOf = (question: URL): unknown => {
    if (question.pathname.endsWith('/time')) return { serverTime: server.now }
    const facts = { timezone: 'UTC', serverTime: server.now, rateLimits: [], exchangeFilters: [] }
    if (question.pathname === '/api/v3/exchangeInfo') return { ...facts, symbols: [SPOT] }
    if (question.pathname === '/fapi/v1/exchangeInfo') return { ...facts, symbols: [LINEAR] }
    return question.pathname.endsWith('/fundingRate') ? rates(question) : klines(question)
  }
  const send = (response: ServerResponse, status: number, body: string) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)

  const misbehave = (response: ServerResponse, text: string): void => {
    if (behaviour === 'half') {
      response.writeHead(200, { 'content-length': text.length })
      response.write(text.slice(0, text.length / 2), () => response.destroy())
    }
    if (behaviour === 'cut') send(response, 200, text.slice(0, text.length / 2))
    if (behaviour === 'html') send(response, 200, '<html><h1>Sorry</h1></html>')
    if (behaviour === 'too-many') send(response, 429, '{"code":-1003,"msg":"Too many requests"}')
    if (behaviour === 'bad-gateway') send(response, 502, '<html><h1>Bad gateway</h1></html>')
    if (behaviour === 'bad-symbol') send(response, 400, '{"code":-1121,"msg":"Invalid symbol."}')
    if (behaviour === 'nothing') send(response, 200, '[]')
  }

  let held = Promise.resolve()
  const http = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const question = new URL(request.url ?? '/', 'http://localhost')
    const isData = /klines|fundingRate/.test(question.pathname)
    const text = JSON.stringify(answerOf(question))
    if (isData) {
      server.questions.push(question)
      waiting.get(server.questions.length)?.()
      await held
    }
    if (!isData || behaviour === 'answer') send(response, 200, text)
    else {
      misbehave(response, text)
      times -= 1
      if (times === 0) behaviour = 'answer'
    }
  })
  const server: TestBinance = {
    url: '',
    questions: [],
    now: Date.UTC(2021, 5, 1),
    has: { from: Date.UTC(2021, 0, 1), to: Date.UTC(2021, 5, 1) },
    behave(next, count = Number.POSITIVE_INFINITY) {
      behaviour = next
      times = count
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    asked(count) {
      if (server.questions.length >= count) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.set(count, resolve)
      })
    },
    correct: (time, close) => corrected.set(time, close),
    async close() {
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
    },
  }
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  server.url = `http://127.0.0.1:${address.port}`
  return server
}

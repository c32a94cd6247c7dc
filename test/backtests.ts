import assert from 'node:assert/strict'
import type { TestApp } from './app.ts'
import type { Answer, Body } from './client.ts'
import { type Fields, START, upload } from './market.ts'
import { type SignedUp, signUp } from './people.ts'

const MINUTE = 60_000

/** Minute candles that swing between 90 and 110, an hour and a half from crest to crest, on a slow slope. */
export function swingingLines(count: number, from = START, step = MINUTE): string[] {
  const place = (bar: number) => {
    const phase = (bar % 90) / 90
    const swing = phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase
    return Math.round((100 + 10 * swing + bar / 5_000) * 100) / 100
  }
  return Array.from({ length: count }, (_, bar) => {
    const [open, close] = [place(bar), place(bar + 1)]
    const [high, low] = [Math.max(open, close) + 0.05, Math.min(open, close) - 0.05]
    return `${from + bar * step},${open},${high.toFixed(2)},${low.toFixed(2)},${close},${1 + (bar % 7)}`
  })
}

export const CROSS = {
  name: 'Cross',
  timeframe: '1m',
  parameters: { fast: { default: 5, min: 2, max: 10, step: 1 } },
  long: {
    entry: 'crosses_above(sma(close, fast), sma(close, 20))',
    exit: 'crosses_below(sma(close, fast), sma(close, 20))',
  },
  sizing: { type: 'percent_of_equity', value: 95 },
}

/** Rules that take some ten seconds over 40,000 bars; they are paused between two of their nodes. */
export const LONG = {
  ...CROSS,
  name: 'Long',
  long: {
    entry: Array.from({ length: 100 }, (_, at) => `cci(${401 + (at % 100)}) + cci(${301 + at}) > ${at}`).join(
      ' or ',
    ),
    exit: 'close < 0',
  },
}

/** Somebody signed in, with shorter ways to ask. */
export type Trader = {
  person: SignedUp
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
}

export async function trader(app: TestApp): Promise<Trader> {
  const person = await signUp(app)
  const token = person.accessToken
  const { client } = person
  return {
    person,
    get: (path, headers = {}) => client.get(path, { token, headers }),
    post: (path, body, headers = {}) => client.post(path, body, { token, headers }),
    patch: (path, body) => client.request('PATCH', path, { token, body }),
    delete: (path) => client.delete(path, { token }),
  }
}

/** Uploads candles. @returns the dataset's id */
export async function giveCandles(
  app: TestApp,
  { person }: Trader,
  lines: string[] = swingingLines(3_000),
  fields?: Fields,
): Promise<string> {
  const content = `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`
  const answer = await upload(app, person, content, fields)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.data.dataset_id
}

/** Saves a strategy. @returns its id */
export async function giveStrategy(trader: Trader, document: object = CROSS): Promise<string> {
  const answer = await trader.post('/strategies', { document })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.data.id
}

/** Asks for a backtest and lets it run. @returns it as it is then */
export async function runBacktest(
  app: TestApp,
  trader: Trader,
  strategy: string,
  request: object,
): Promise<Body> {
  const asked = await trader.post(`/strategies/${strategy}/backtests`, request)
  assert.ok(asked.status < 300, JSON.stringify(asked.body))
  await app.jobsDone()
  const { data } = await trader.get(`/backtests/${asked.data.id}`)
  return data
}

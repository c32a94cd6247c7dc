import type { TestApp } from './app.ts'
import type { Answer, Body } from './client.ts'
import { randomIp } from './client.ts'
import type { SignedUp } from './people.ts'

export type Fields = Record<string, string>

export const BTC_MINUTES: Fields = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m' }

export const HEADER = 'timestamp,open,high,low,close,volume'

/** 2021-02-19, 00:00 UTC. */
export const START = Date.UTC(2021, 1, 19)
const MINUTE = 60_000

/** Lines of minute candles, of which each differs from the others. */
export function candleLines(count: number, from = START, step = MINUTE): string[] {
  return Array.from({ length: count }, (_, index) => {
    const price = 50_000 + (index % 997)
    return `${from + index * step},${price},${price + 2.5},${price - 2.5},${price + 1.25},${1 + (index % 13)}`
  })
}

export function csv(lines: string[], header = HEADER): string {
  return `${[header, ...lines].join('\n')}\n`
}

/** Uploads a file as a browser's form would. */
export async function upload(
  app: Pick<TestApp, 'url'>,
  person: Pick<SignedUp, 'accessToken'>,
  content: string | Uint8Array<ArrayBuffer>,
  fields: Fields = BTC_MINUTES,
): Promise<Answer> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([content]), 'candles.csv')
  return sendForm(app, person, form)
}

export async function sendForm(
  app: Pick<TestApp, 'url'>,
  { accessToken }: Pick<SignedUp, 'accessToken'>,
  form: FormData,
): Promise<Answer> {
  const response = await fetch(`${app.url}/api/v1/market/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'x-forwarded-for': randomIp() },
    body: form,
  })
  const body: Body = await response.json()
  return {
    status: response.status,
    headers: response.headers,
    body,
    data: body.data,
    error: body.api_error,
    setCookies: {},
  }
}

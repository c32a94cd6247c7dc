import { setTimeout as delay } from 'node:timers/promises'
import type { InstrumentFacts } from './instruments-repository.ts'
import { kindOf, usualInstrument } from './symbols.ts'

/** What we ask of an exchange. */
export type ExchangeClient = {
  /** UTC in ms. */
  time(): Promise<number>
  /** @throws ExchangeRefusal where there is no such market */
  instrument(symbol: string): Promise<InstrumentFacts>
  /** Rows of six numbers from `since` on, oldest first; none where there are none for a page's length. */
  candles(symbol: string, timeframe: string, since: number, limit: number): Promise<number[][]>
  /** Rows of time, rate, mark price. */
  funding(symbol: string, since: number, limit: number): Promise<number[][]>
}

/** It will say the same however often it is asked. */
export class ExchangeRefusal extends Error {}

/** The part of ccxt's exchanges that is used here. */
type CcxtExchange = {
  has: Record<string, unknown>
  urls: { api: unknown }
  /** Milliseconds between two questions, at least. */
  rateLimit: number
  parseJson(text: string): unknown
  loadMarkets(): Promise<unknown>
  market(symbol: string): CcxtMarket
  fetchTime(): Promise<number | undefined>
  fetchOHLCV(symbol: string, timeframe: string, since: number, limit: number): Promise<unknown[][]>
  fetchFundingRateHistory(symbol: string, since: number, limit: number): Promise<CcxtFunding[]>
}

type CcxtMarket = {
  precision?: { price?: number; amount?: number }
  limits?: { cost?: { min?: number } }
  maker?: number
  taker?: number
}

type CcxtFunding = { timestamp: number; fundingRate: number; info?: { markPrice?: unknown } }

const TIMEOUT_MS = 10_000
/** Some count a long list as several questions. */
const SHORTEST_PAUSE_MS = 250
/** By ccxt's names of errors, and those of their ancestors: what is wrong with the question, not with the line. */
const REFUSALS = new Set([
  'BadSymbol',
  'BadRequest',
  'NotSupported',
  'AuthenticationError',
  'PermissionDenied',
])

function ancestors(error: unknown): string[] {
  const names: string[] = []
  for (
    let type = Object(error).constructor;
    typeof type === 'function' && type.name;
    type = Object.getPrototypeOf(type)
  ) {
    names.push(type.name)
  }
  return names
}

/** Runs a question, and tells refusals from what may go better the next time. */
async function ask<T>(question: () => Promise<T> | T): Promise<T> {
  try {
    return await question()
  } catch (cause) {
    if (!ancestors(cause).some((name) => REFUSALS.has(name))) throw cause
    throw new ExchangeRefusal(String(Object(cause).message).slice(0, 300), { cause })
  }
}

/** Sends all that goes to the exchange to another address; paths stay. */
function redirect(addresses: unknown, base: string): unknown {
  if (typeof addresses === 'string') return addresses.replace(/^https?:\/\/[^/]+/, base)
  return Object.fromEntries(
    Object.entries(Object(addresses)).map(([name, inner]) => [name, redirect(inner, base)]),
  )
}

/** An answer that is cut off, or an error page, would pass for an empty one. */
function refuseUnreadable(exchange: CcxtExchange): void {
  const parse = exchange.parseJson.bind(exchange)
  exchange.parseJson = (text) => {
    const value = parse(text)
    if (value === undefined || value === null) throw new Error('the exchange answered what is no JSON')
    return value
  }
}

/** Loads the one exchange: all of them take 100 MB and most of a second. */
async function loadExchange(id: string, isSpot: boolean, timeout: number): Promise<CcxtExchange> {
  const { href } = new URL(`./src/${id}.js`, import.meta.resolve('ccxt'))
  const { default: Exchange } = await import(href)
  const type = isSpot ? 'spot' : 'swap'
  const markets = { types: [isSpot ? 'spot' : 'linear'] }
  const options = { defaultType: type, fetchMarkets: markets }
  // Its own limiter counts by a clock that tests hold still.
  return new Exchange({ timeout, enableRateLimit: false, options })
}

/** What the exchange says of a market, and what is usual where it says nothing. */
export function rulesOf(
  { precision, limits, maker, taker }: CcxtMarket,
  usual: InstrumentFacts,
): InstrumentFacts {
  return {
    ...usual,
    price_tick: precision?.price || usual.price_tick,
    quantity_step: precision?.amount || usual.quantity_step,
    minimum_notional: limits?.cost?.min ?? usual.minimum_notional,
    maker_fee: maker ?? usual.maker_fee,
    taker_fee: taker ?? usual.taker_fee,
  }
}

export type ExchangeOptions = {
  /** In the place of the exchange's own address. */
  baseUrl: string | undefined
  now(): Date
  timeoutMs?: number
}

/** Opens an exchange's public API for one symbol. Only the job process does: the library is large. */
export async function openExchange(
  id: string,
  symbol: string,
  { baseUrl, now, timeoutMs = TIMEOUT_MS }: ExchangeOptions,
): Promise<ExchangeClient> {
  const isSpot = kindOf(symbol, undefined) === 'spot'
  const exchange = await loadExchange(id, isSpot, timeoutMs)
  refuseUnreadable(exchange)
  if (baseUrl !== undefined) exchange.urls.api = redirect(exchange.urls.api, baseUrl)
  // What stands between us and the exchange keeps the limits itself.
  const pauseMs = baseUrl === undefined ? Math.max(SHORTEST_PAUSE_MS, exchange.rateLimit) : 0
  return {
    async time() {
      const told = exchange.has.fetchTime === true ? await ask(() => exchange.fetchTime()) : undefined
      return told ?? now().getTime()
    },
    async instrument(asked) {
      await ask(() => exchange.loadMarkets())
      const market = await ask(() => exchange.market(asked))
      return rulesOf(market, usualInstrument(id, asked, isSpot ? 'spot' : 'linear'))
    },
    async candles(asked, timeframe, since, limit) {
      await delay(pauseMs)
      const rows = await ask(() => exchange.fetchOHLCV(asked, timeframe, since, limit))
      return rows.map((row) => row.slice(0, 6).map(Number))
    },
    async funding(asked, since, limit) {
      await delay(pauseMs)
      const rows = await ask(() => exchange.fetchFundingRateHistory(asked, since, limit))
      return rows.map(({ timestamp, fundingRate, info }) => [
        timestamp,
        fundingRate,
        Number(info?.markPrice) > 0 ? Number(info?.markPrice) : Number.NaN,
      ])
    },
  }
}

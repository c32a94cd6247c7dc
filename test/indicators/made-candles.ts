import { type Candles, emptyCandles } from '../../src/market-data/candles.ts'

/** Numbers from 0 to 1 that are the same for the same seed on every machine (Mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** The first minute of 2024. */
const START = 1_704_067_200_000

export type CandleOptions = {
  seed: number
  bars: number
  /** Price of the first open. */
  price?: number
  /** Digits after the point. */
  digits?: number
}

/**
 * One-minute candles that wander, with trends, jumps, bars without a range and equal closes. Prices have few
 * digits, as on an exchange.
 */
export function madeCandles({ seed, bars, price = 40_000, digits = 2 }: CandleOptions): Candles {
  const random = seededRandom(seed)
  const round = (value: number) => Number(value.toFixed(digits))
  const candles = emptyCandles(bars)
  let [last, drift] = [price, 0]
  for (let bar = 0; bar < bars; bar++) {
    if (random() < 0.01) drift = (random() - 0.5) * 0.0004
    const jump = random() < 0.002 ? (random() - 0.5) * 0.04 : 0
    const isFlat = random() < 0.03
    const open = round(last * (1 + (isFlat ? 0 : jump)))
    const close = isFlat ? open : round(open * (1 + drift + (random() + random() - 1) * 0.002))
    const wick = () => (isFlat || random() < 0.1 ? 0 : random() * 0.001)
    candles.timestamp[bar] = START + bar * 60_000
    candles.open[bar] = open
    candles.high[bar] = round(Math.max(open, close) * (1 + wick()))
    candles.low[bar] = round(Math.min(open, close) * (1 - wick()))
    candles.close[bar] = close
    candles.volume[bar] = Math.round(random() * random() * 1e8) / 1e6 + 0.000001
    last = close
  }
  return candles
}

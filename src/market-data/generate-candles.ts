import { type Candles, emptyCandles, sliceCandles } from './candles.ts'
import { longestPeriod, type Timeframe } from './timeframe.ts'

/**
 * Made-up candles. Only + − × ÷ and whole numbers are used, so that a seed gives the same ones on every machine.
 * Fractions are of the price, each for one bar.
 */
export type Recipe = {
  seed: number
  timeframe: Exclude<Timeframe, '1M'>
  /** UTC in ms. */
  from: number
  bars: number
  price: number
  priceTick: number
  /** How much a bar moves. */
  volatility: number
  /** How far trends push, and how many bars they last. */
  trend: number
  trendBars: number
  /** What share of the way back to a slow average is gone. */
  reversion: number
  /** How often the price jumps, and how far. */
  jumpChance: number
  jump: number
  /** How often bars are missing, and how many at most. */
  gapChance: number
  gapBars: number
  volume: number
}

/** Steps inside a bar. */
const STEPS = 4
/** Of the slow average that the price comes back to. */
const ANCHOR_WEIGHT = 0.0005
const LOWEST_MOVE = -0.5
const HIGHEST_MOVE = 0.5

type Dice = { uniform(): number; normal(): number }

/** 32 bits of state, mixed by multiplication (mulberry32). A sum of twelve is nearly normal. */
function dice(seed: number): Dice {
  let state = seed | 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const normal = () => {
    let sum = -6
    for (let die = 0; die < 12; die++) sum += uniform()
    return sum
  }
  return { uniform, normal }
}

/** The price after one step and after another, with trends that come and go. */
function walk(recipe: Recipe, { uniform, normal }: Dice) {
  let price = recipe.price
  let anchor = price
  let push = 0
  return {
    beginBar() {
      if (uniform() < 1 / recipe.trendBars) push = recipe.trend * normal()
      anchor += ANCHOR_WEIGHT * (price - anchor)
      if (uniform() < recipe.jumpChance) price *= 1 + recipe.jump * (uniform() < 0.5 ? -1 : 1) * uniform()
    },
    step() {
      const back = recipe.reversion * (anchor / price - 1)
      const move = (push + back + recipe.volatility * normal() * 2) / STEPS
      price *= 1 + Math.min(HIGHEST_MOVE, Math.max(LOWEST_MOVE, move))
      price = Math.max(price, recipe.priceTick)
      return Math.max(1, Math.round(price / recipe.priceTick)) * recipe.priceTick
    },
  }
}

/** As many decimals as the tick has: multiples of it are not all exact. */
function rounded(price: number, tick: number): number {
  const perUnit = Math.round(1 / tick)
  return tick < 1 ? Math.round(price * perUnit) / perUnit : price
}

export function generateCandles(recipe: Recipe): Candles {
  const { bars, from, priceTick, gapChance, gapBars, volume } = recipe
  const length = longestPeriod(recipe.timeframe)
  const random = dice(recipe.seed)
  const prices = walk(recipe, random)
  const candles = emptyCandles(bars)
  let gap = 0
  let count = 0
  for (let bar = 0; bar < bars; bar++) {
    prices.beginBar()
    const open = rounded(prices.step(), priceTick)
    let [high, low, close] = [open, open, open]
    for (let step = 1; step < STEPS; step++) {
      close = rounded(prices.step(), priceTick)
      high = Math.max(high, close)
      low = Math.min(low, close)
    }
    if (gap === 0 && random.uniform() < gapChance) gap = 1 + Math.floor(random.uniform() * gapBars)
    const size = volume * (0.5 + random.uniform()) * (1 + (200 * (high - low)) / open)
    if (gap > 0) {
      gap--
      continue
    }
    candles.timestamp[count] = from + bar * length
    candles.open[count] = open
    candles.high[count] = high
    candles.low[count] = low
    candles.close[count] = close
    candles.volume[count] = Math.round(size * 1_000) / 1_000
    count++
  }
  return sliceCandles(candles, 0, count)
}

import fc from 'fast-check'
import type { Market } from '../../src/engine/market.ts'
import type { RunSettings } from '../../src/engine/settings.ts'
import type { Candles } from '../../src/market-data/candles.ts'
import type { Level, SideSignals } from '../../src/strategies/signals.ts'

/*
 * Random runs for the engine. Prices lie on a coarse grid, so that touches, ties and gaps are frequent.
 */

export type RandomRun = { markets: Market[]; settings: RunSettings }

const HOUR = 3_600_000
/** 2024-02-28, so that a month's end is near. */
const START = Date.UTC(2024, 1, 28)

/** A small generator of numbers from a seed, so that a run is one number for fast-check to keep. */
export function numbersOf(seed: number) {
  let state = seed | 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (count: number) => Math.floor(next() * count),
    chance: (share: number) => next() < share,
    pick: <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T,
  }
}

type Numbers = ReturnType<typeof numbersOf>

function emptyColumns(bars: number): Candles {
  const column = () => new Float64Array(bars)
  return {
    timestamp: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  }
}

/** Candles of a random walk in whole steps of `tick`, now and then with a jump, a missing bar or a flat bar. */
function randomCandles(random: Numbers, bars: number, tick: number, gaps: number): Candles {
  const candles = emptyColumns(bars)
  let price = 80 + random.below(40)
  let time = START
  const step = () => random.below(7) - 3
  for (let bar = 0; bar < bars; bar++) {
    if (random.chance(gaps)) time += HOUR * (1 + random.below(3))
    if (random.chance(0.15)) price = Math.max(5, price + 4 * step())
    const close = Math.max(5, price + step())
    const [low, high] = [Math.min(price, close), Math.max(price, close)]
    candles.timestamp[bar] = time
    candles.open[bar] = price * tick
    candles.high[bar] = (high + random.below(4)) * tick
    candles.low[bar] = Math.max(1, low - random.below(4)) * tick
    candles.close[bar] = close * tick
    candles.volume[bar] = 1
    price = close
    time += HOUR
  }
  return candles
}

/** Four quarters of each bar; now and then they do not add up to it, or are not there. */
function finerCandles(random: Numbers, candles: Candles): Candles {
  const rows: [number, number, number, number, number][] = []
  for (let bar = 0; bar < candles.timestamp.length; bar++) {
    if (random.chance(0.1)) continue
    const at = (column: keyof Candles) => candles[column][bar] as number
    const [open, high, low, close] = [at('open'), at('high'), at('low'), at('close')]
    const inner = random.chance(0.1) ? high + 1 : high
    const points = random.chance(0.5) ? [open, inner, low, close] : [open, low, inner, close]
    const time = at('timestamp')
    for (let part = 0; part < 3; part++) {
      const [from, to] = [points[part] as number, points[part + 1] as number]
      rows.push([time + (part * HOUR) / 4, from, Math.max(from, to), Math.min(from, to), to])
    }
  }
  const finer = emptyColumns(rows.length)
  for (const [at, [time, open, high, low, close]] of rows.entries()) {
    finer.timestamp[at] = time
    finer.open[at] = open
    finer.high[at] = high
    finer.low[at] = low
    finer.close[at] = close
  }
  return finer
}

function mask(random: Numbers, bars: number, share: number): Uint8Array {
  return Uint8Array.from({ length: bars }, () => (random.chance(share) ? 1 : 0))
}

function column(random: Numbers, bars: number, value: (bar: number) => number): Float64Array {
  return Float64Array.from({ length: bars }, (_, bar) => (random.chance(0.03) ? Number.NaN : value(bar)))
}

function randomLevel(random: Numbers, candles: Candles, tick: number, away: 1 | -1): Level {
  const bars = candles.timestamp.length
  const type = random.pick(['percent', 'percent', 'distance', 'price'] as const)
  if (type === 'percent') return { type, value: random.pick([0.5, 1, 2, 5, 150]) }
  if (type === 'distance') return { type, column: column(random, bars, () => (1 + random.below(5)) * tick) }
  return {
    type,
    column: column(
      random,
      bars,
      (bar) => (candles.close[bar] as number) + away * (random.below(8) - 1) * tick,
    ),
  }
}

function randomSide(random: Numbers, candles: Candles, tick: number, away: 1 | -1): SideSignals {
  const bars = candles.timestamp.length
  const back: 1 | -1 = away === 1 ? -1 : 1
  const order = random.pick(['market', 'market', 'limit', 'stop'] as const)
  const orderAway = order === 'limit' ? back : away
  const exit = random.pick(['mask', 'mask', 'none', 'rule'] as const)
  const limit = random.below(6)
  const targets = random.below(4)
  const trailing = random.chance(0.35) ? randomLevel(random, candles, tick, back) : null
  return {
    entry: mask(random, bars, random.pick([0.05, 0.2, 0.6])),
    exit:
      exit === 'none'
        ? null
        : exit === 'mask'
          ? mask(random, bars, random.pick([0.03, 0.2]))
          : (_bar, values) => values.barsInPosition >= limit || values.positionReturn > 0.04,
    order:
      order === 'market'
        ? { type: 'market' }
        : {
            type: order,
            price: column(
              random,
              bars,
              (bar) => (candles.close[bar] as number) + orderAway * (random.below(5) - 0.7) * tick,
            ),
            expiresAfter: random.pick([null, 1, 2, 5]),
          },
    stopLoss: random.chance(0.6) ? randomLevel(random, candles, tick, back) : null,
    takeProfit: Array.from({ length: targets }, () => ({
      level: randomLevel(random, candles, tick, away),
      quantityPercent: random.pick([100, 50, 30, 25, 1]) / Math.max(1, targets),
    })),
    trailingStop: trailing?.type === 'price' ? null : trailing,
  }
}

function randomMarket(
  random: Numbers,
  index: number,
  tick: number,
  span: { bars: number; gaps: number },
): Market {
  const { bars, gaps } = span
  const candles = randomCandles(random, bars, tick, gaps)
  const kind = random.pick(['spot', 'linear'] as const)
  const hasShort = random.chance(0.5)
  const times = 1 + random.below(12)
  return {
    instrument: {
      id: `${index}`,
      kind,
      priceTick: random.pick([tick, tick, tick / 10, 0]),
      quantityStep: random.pick([0.001, 0.01, 1, 0]),
      minimumNotional: random.pick([0, 0, 10, 500]),
      makerFee: random.pick([0, 0.0002, 0.001]),
      takerFee: random.pick([0, 0.0005, 0.001]),
      maintenanceMarginRate: random.pick([0, 0.005, 0.05]),
    },
    timeframe: '1h',
    candles,
    signals: {
      ready: 0,
      long: hasShort && random.chance(0.2) ? null : randomSide(random, candles, tick, 1),
      short: hasShort ? randomSide(random, candles, tick, -1) : null,
      rank: random.chance(0.5) ? column(random, bars, () => random.below(4)) : null,
    },
    finer: random.chance(0.4) ? finerCandles(random, candles) : null,
    funding:
      kind === 'spot' || random.chance(0.4)
        ? null
        : random.chance(0.5)
          ? {
              type: 'rate',
              rate: random.pick([0.0001, -0.001, 0.05]),
              interval: random.pick([HOUR, 8 * HOUR]),
            }
          : {
              type: 'times',
              timestamp: Float64Array.from({ length: times }, (_, at) => START + at * 4 * HOUR),
              rate: Float64Array.from({ length: times }, () => random.pick([0.0001, -0.001, 0.3])),
              markPrice: Float64Array.from({ length: times }, () =>
                random.chance(0.5) ? Number.NaN : 100 * tick,
              ),
            },
  }
}

function randomSettings(random: Numbers, tick: number): RunSettings {
  const sizing = random.pick([
    'percent_of_equity',
    'percent_of_equity',
    'percent_at_risk',
    'fixed_quote',
    'fixed_quantity',
  ] as const)
  const value = {
    percent_of_equity: [95, 100, 30],
    percent_at_risk: [1, 20],
    fixed_quote: [500, 20_000],
    fixed_quantity: [1, 7.3],
  }
  return {
    from: START + random.below(4) * HOUR,
    to: random.chance(0.5) ? START + (5 + random.below(60)) * HOUR : START + 1_000 * HOUR,
    initialCapital: random.pick([1_000, 10_000]) * tick,
    slippage: { type: random.pick(['percent', 'ticks'] as const), value: random.pick([0, 0, 0.05, 1]) },
    leverage: random.pick([1, 1, 3, 20]),
    path: random.pick(['worst_case', 'best_case', 'nearest_extreme', 'stored'] as const),
    limitFill: random.pick(['through', 'touch'] as const),
    closeAtEnd: random.pick(['close', 'open', 'none'] as const),
    sizing: { type: sizing, value: random.pick(value[sizing]) },
    limits: {
      breakEvenAtPercent: random.pick([null, null, 1, 3]),
      maxBars: random.pick([null, null, 1, 6]),
      cooldownBars: random.pick([0, 0, 1, 4]),
      maxOpenPositions: random.pick([null, null, 1, 2]),
      dailyLossPercent: random.pick([null, null, 1, 5]),
      maxDrawdownPercent: random.pick([null, null, 3, 20]),
    },
  }
}

/** The same side with levels that stay where they are: what most strategies are like. */
function plainSide(random: Numbers, side: SideSignals | null): SideSignals | null {
  if (!side) return null
  const bars = side.entry.length
  const takeProfit = side.takeProfit.slice(0, 1).map(({ level }) => ({ level, quantityPercent: 100 }))
  const exit = side.exit instanceof Uint8Array || random.chance(0.3) ? side.exit : mask(random, bars, 0.1)
  return { ...side, exit, order: { type: 'market' }, takeProfit, trailingStop: null }
}

function plainRun(random: Numbers, { markets, settings }: RandomRun): RandomRun {
  const [market] = markets as [Market]
  const { signals } = market
  const limits = { breakEvenAtPercent: null, dailyLossPercent: null, maxDrawdownPercent: null }
  return {
    markets: [
      {
        ...market,
        funding: null,
        finer: random.chance(0.2) ? market.finer : null,
        signals: {
          ...signals,
          long: plainSide(random, signals.long),
          short: plainSide(random, signals.short),
        },
      },
    ],
    settings: {
      ...settings,
      path: random.pick(['worst_case', 'worst_case', 'worst_case', 'stored', 'best_case'] as const),
      limits: { ...settings.limits, ...limits },
    },
  }
}

/** The run that a seed stands for: one to four instruments, or one with the plainest of rules. */
export function randomRun(seed: number): RandomRun {
  const random = numbersOf(seed)
  const tick = random.pick([1, 0.1, 0.5])
  const count = random.pick([1, 1, 1, 2, 3, 4])
  const randomSpan = () => ({ bars: 5 + random.below(60), gaps: random.pick([0, 0, 0.1]) })
  // Now and then all have their bars at the same instants.
  const span = random.chance(0.4) ? { ...randomSpan(), gaps: 0 } : null
  const run = {
    markets: Array.from({ length: count }, (_, index) =>
      randomMarket(random, index, tick, span ?? randomSpan()),
    ),
    settings: randomSettings(random, tick),
  }
  return random.chance(0.35) ? plainRun(random, run) : run
}

export const arbitrarySeed: fc.Arbitrary<number> = fc.integer({ min: 1, max: 2 ** 31 - 1 })

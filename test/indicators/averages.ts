import type { Reference } from './reference.ts'
import { EMA, talib } from './talib.ts'
import { ago, follow, highest, lift, lowest, mean, over, over0, type Series, sum } from './textbook.ts'

const weighted = (length: number) => (values: Series) =>
  sum(values.map((value, i) => value * (i + 1))) / ((length * (length + 1)) / 2)

/** How far a series has gone, over the way it took. */
const efficiencyOf = (values: Series) => {
  const way = sum(values.slice(1).map((value, i) => Math.abs(value - (values[i] ?? 0))))
  return over0(Math.abs((values.at(-1) ?? 0) - (values[0] ?? 0)), way, 1)
}

const hull = (source: Series, length: number) => {
  const root = Math.floor(Math.sqrt(length))
  const half = over(Math.floor(length / 2), weighted(Math.floor(length / 2)), source)
  const full = over(length, weighted(length), source)
  return over(
    root,
    weighted(root),
    lift((fast, slow) => 2 * fast - slow, half, full),
  )
}

const gaussian = (length: number, offset: number, sigma: number) => (values: Series) => {
  const weights = values.map((_, i) => {
    const distance = (i - offset * (length - 1)) / (length / sigma)
    return Math.exp(-(distance ** 2) / 2)
  })
  return sum(values.map((value, i) => value * (weights[i] ?? 0))) / sum(weights)
}

const chandeMomentum = (values: Series) => {
  const moves = values.slice(1).map((value, i) => value - (values[i] ?? 0))
  const up = sum(moves.filter((move) => move > 0))
  const down = -sum(moves.filter((move) => move < 0))
  return Math.abs(over0(up - down, up + down))
}

const fractalAlpha = (high: Series, low: Series, length: number) => {
  const range = (bars: number) => over(bars, (h, l) => (highest(h) - lowest(l)) / bars, high, low)
  const half = range(length / 2)
  return lift(
    (newer, older, whole) => {
      const dimension = newer + older > 0 ? Math.log2((newer + older) / whole) : 1
      return Math.min(Math.max(Math.exp(-4.6 * (dimension - 1)), 0.01), 1)
    },
    half,
    ago(half, length / 2),
    range(length),
  )
}

/** Kaufman's average for any pair of speeds, since TA-Lib's are fixed. */
const adaptive = (source: Series, length: number, fast: number, slow: number) => {
  const ratios = over(length + 1, efficiencyOf, source)
  return follow(source, length - 1, source[length - 1] ?? 0, (before, value, bar) => {
    const pace = (ratios[bar] ?? 0) * (2 / (fast + 1) - 2 / (slow + 1)) + 2 / (slow + 1)
    return before + pace ** 2 * (value - before)
  }).with(length - 1, Number.NaN)
}

const superSmooth = (source: Series, length: number) => {
  const radius = Math.exp((-Math.SQRT2 * Math.PI) / length)
  const turn = 2 * radius * Math.cos((Math.SQRT2 * Math.PI) / length)
  const result = source.slice(0, 2)
  for (let bar = 2; bar < source.length; bar++) {
    const fresh = ((source[bar] ?? 0) + (source[bar - 1] ?? 0)) / 2
    const before = turn * (result[bar - 1] ?? 0) - radius ** 2 * (result[bar - 2] ?? 0)
    result[bar] = (1 - turn + radius ** 2) * fresh + before
  }
  return result.fill(Number.NaN, 0, 2)
}

export const AVERAGES: Record<string, Reference> = {
  sma: ({ source }, [length = 0]) => talib('SMA', [source], [length]),
  ema: ({ source }, [length = 0]) => talib('EMA', [source], [length]),
  wma: ({ source }, [length = 0]) => talib('WMA', [source], [length]),
  dema: ({ source }, [length = 0]) => talib('DEMA', [source], [length]),
  tema: ({ source }, [length = 0]) => talib('TEMA', [source], [length]),
  trima: ({ source }, [length = 0]) => talib('TRIMA', [source], [length]),
  t3: ({ source }, [length = 0, factor = 0]) => talib('T3', [source], [length, factor]),
  kama: ({ source }, [length = 0, fast = 0, slow = 0]) =>
    fast === 2 && slow === 30 ? talib('KAMA', [source], [length]) : [adaptive(source, length, fast, slow)],
  midpoint: ({ source }, [length = 0]) => talib('MIDPOINT', [source], [length]),
  midprice: ({ high, low }, [length = 0]) => talib('MIDPRICE', [high, low], [length]),
  rma: ({ source }, [length = 0]) => [
    follow(
      source,
      length - 1,
      mean(source.slice(0, length)),
      (before, value) => (before * (length - 1) + value) / length,
    ),
  ],
  hma: ({ source }, [length = 0]) => [hull(source, length)],
  vwma: ({ source, volume }, [length = 0]) => [
    over(
      length,
      (values, volumes) => sum(values.map((value, i) => value * (volumes[i] ?? 0))) / sum(volumes),
      source,
      volume,
    ),
  ],
  alma: ({ source }, [length = 0, offset = 0, sigma = 0]) => [
    over(length, gaussian(length, offset, sigma), source),
  ],
  zlema: ({ source }, [length = 0]) => {
    const lag = Math.floor((length - 1) / 2)
    return [
      EMA(
        lift((now, then) => now + (now - then), source, ago(source, lag)),
        length,
      ),
    ]
  },
  mcginley: ({ source }, [length = 0]) => [
    follow(
      source,
      length - 1,
      mean(source.slice(0, length)),
      (before, value) => before + (value - before) / Math.max(length * (value / before) ** 4, 1),
    ),
  ],
  vidya: ({ source }, [length = 0, momentum = 0]) => {
    const strength = over(momentum + 1, chandeMomentum, source)
    const average = follow(source, momentum - 1, source[momentum - 1] ?? 0, (before, value, bar) => {
      return before + (2 / (length + 1)) * (strength[bar] ?? 0) * (value - before)
    })
    return [average.with(momentum - 1, Number.NaN)]
  },
  frama: ({ high, low }, [length = 0]) => {
    const price = lift((h, l) => (h + l) / 2, high, low)
    const alpha = fractalAlpha(high, low, length)
    const average = follow(price, length - 2, price[length - 2] ?? 0, (before, value, bar) => {
      return before + (alpha[bar] ?? 0) * (value - before)
    })
    return [average.with(length - 2, Number.NaN)]
  },
  super_smoother: ({ source }, [length = 0]) => [superSmooth(source, length)],
  efficiency_ratio: ({ source }, [length = 0]) => [over(length + 1, efficiencyOf, source)],
}

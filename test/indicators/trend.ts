import type { Reference } from './reference.ts'
import { EMA, MAX, MIN, SMA, talib } from './talib.ts'
import { ago, lift, over, over0, quantile, type Series, sum } from './textbook.ts'

const difference = (a: Series, b: Series) => lift((x, y) => x - y, a, b)

/** Bar by bar, as the definition reads. */
const superTrend = (high: Series, low: Series, close: Series, length: number, multiple: number) => {
  const [ranges = []] = talib('ATR', [high, low, close], [length])
  const width = ranges.map((range) => range * multiple)
  const [line, direction]: [Series, Series] = [[], []]
  let [top, bottom, isUp] = [Number.NaN, Number.NaN, false]
  for (const [bar, last] of close.entries()) {
    const middle = ((high[bar] ?? 0) + (low[bar] ?? 0)) / 2
    const [upper, lower] = [middle + (width[bar] ?? 0), middle - (width[bar] ?? 0)]
    const before = close[bar - 1] ?? 0
    if (Number.isNaN(top) || upper < top || before > top) top = upper
    if (Number.isNaN(bottom) || lower > bottom || before < bottom) bottom = lower
    if (bar > length && (isUp ? last < bottom : last > top)) isUp = !isUp
    line.push(isUp ? bottom : top)
    direction.push(isUp ? 1 : -1)
  }
  return [line, direction.fill(Number.NaN, 0, length)]
}

const vortexLine = (a: Series, b: Series, range: Series, length: number) => {
  const way = lift((now, then) => Math.abs(now - then), a, ago(b, 1))
  return over(length, (ways, ranges) => over0(sum(ways), sum(ranges)), way, range)
}

export const TREND: Record<string, Reference> = {
  adx: ({ high, low, close }, [length = 0]) => talib('ADX', [high, low, close], [length]),
  adxr: ({ high, low, close }, [length = 0]) => talib('ADXR', [high, low, close], [length]),
  dx: ({ high, low, close }, [length = 0]) => talib('DX', [high, low, close], [length]),
  plus_di: ({ high, low, close }, [length = 0]) => talib('PLUS_DI', [high, low, close], [length]),
  minus_di: ({ high, low, close }, [length = 0]) => talib('MINUS_DI', [high, low, close], [length]),
  plus_dm: ({ high, low }, [length = 0]) => talib('PLUS_DM', [high, low], [length]),
  minus_dm: ({ high, low }, [length = 0]) => talib('MINUS_DM', [high, low], [length]),
  aroon: ({ high, low }, [length = 0]) => {
    const [down = [], up = []] = talib('AROON', [high, low], [length], 2)
    return [up, down]
  },
  aroonosc: ({ high, low }, [length = 0]) => talib('AROONOSC', [high, low], [length]),
  psar: ({ high, low }, [acceleration = 0, maximum = 0]) =>
    talib('SAR', [high, low], [acceleration, maximum]),
  supertrend: ({ high, low, close }, [length = 0, multiple = 0]) =>
    superTrend(high, low, close, length, multiple),
  ichimoku: ({ high, low }, [conversion = 0, base = 0, span = 0]) => {
    const [first = [], second = [], last = []] = [conversion, base, span].flatMap((length) =>
      talib('MIDPRICE', [high, low], [length]),
    )
    const lines = [first, second, lift((a, b) => (a + b) / 2, first, second), last]
    return lines.map((line) => line.fill(Number.NaN, 0, Math.max(conversion, base, span) - 1))
  },
  vortex: ({ high, low, close }, [length = 0]) => {
    const [range = []] = talib('TRANGE', [high, low, close], [])
    return [vortexLine(high, low, range, length), vortexLine(low, high, range, length)]
  },
  mass_index: ({ high, low }, [length = 0, smooth = 0]) => {
    const once = EMA(difference(high, low), smooth)
    return [over(length, sum, lift(over0, once, EMA(once, smooth)))]
  },
  choppiness: ({ high, low, close }, [length = 0]) => {
    const range = over(length, sum, ...talib('TRANGE', [high, low, close], []))
    return [
      lift(
        (all, top, bottom) => (100 * Math.log10(all / (top - bottom))) / Math.log10(length),
        range,
        MAX(high, length),
        MIN(low, length),
      ),
    ]
  },
  qstick: ({ open, close }, [length = 0]) => [SMA(difference(close, open), length)],
  vhf: ({ source }, [length = 0]) => {
    const way = over(length, sum, difference(source, ago(source, 1)).map(Math.abs))
    return [
      lift((top, bottom, all) => over0(top - bottom, all), MAX(source, length), MIN(source, length), way),
    ]
  },
}

export const ORDER: Record<string, Reference> = {
  median: ({ source }, [length = 0]) => [over(length, (values) => quantile(values, 0.5), source)],
  percentile: ({ source }, [length = 0, percent = 0]) => [
    over(length, (values) => quantile(values, percent / 100), source),
  ],
  percent_rank: ({ source }, [length = 0]) => [
    over(
      length + 1,
      (values) => {
        const newest = values.at(-1) ?? 0
        return (100 * values.slice(0, -1).filter((value) => value <= newest).length) / length
      },
      source,
    ),
  ],
}

import type { Reference } from './reference.ts'
import { APO, EMA, MAX, MIN, PPO, ROC, RSI, SMA, talib, WMA } from './talib.ts'
import { ago, follow, lift, over, over0, type Series, sum } from './textbook.ts'

/** The number of the simple average in TA-Lib's list. */
const SIMPLE = 0

const difference = (a: Series, b: Series) => lift((x, y) => x - y, a, b)
const middle = (high: Series, low: Series) => lift((h, l) => (h + l) / 2, high, low)

/** A line, its exponential average, and the one less the other; where all three are there. */
const withSignal = (line: Series, length: number) => {
  const signal = EMA(line, length)
  return [lift((value, other) => value + 0 * other, line, signal), signal, difference(line, signal)]
}

const awesome = (high: Series, low: Series, fast: number, slow: number) =>
  difference(SMA(middle(high, low), fast), SMA(middle(high, low), slow))

const trueStrength = (source: Series, long: number, short: number) => {
  const moves = difference(source, ago(source, 1))
  const smooth = (values: Series) => EMA(EMA(values, long), short)
  return lift((a, b) => 100 * over0(a, b), smooth(moves), smooth(moves.map(Math.abs)))
}

const momentumIndex = (high: Series, low: Series, close: Series, length: number, smooth: number) => {
  const top = MAX(high, length)
  const bottom = MIN(low, length)
  const twice = (values: Series) => EMA(EMA(values, smooth), smooth)
  const distance = lift((c, h, l) => c - (h + l) / 2, close, top, bottom)
  return lift((a, b) => 200 * over0(a, b), twice(distance), twice(difference(top, bottom)))
}

const fisherTransform = (high: Series, low: Series, length: number) => {
  const price = middle(high, low)
  const place = lift(
    (p, h, l) => (h > l ? (p - l) / (h - l) : 0.5),
    price,
    MAX(price, length),
    MIN(price, length),
  )
  let value = 0
  return follow(place, length - 2, 0, (before, share) => {
    value = 0.33 * 2 * (share - 0.5) + 0.67 * value
    value = Math.max(Math.min(value, 0.999), -0.999)
    return Math.atanh(value) + 0.5 * before
  })
}

const vigor = (values: Series) =>
  over(4, ([a = 0, b = 0, c = 0, d = 0]) => (a + 2 * b + 2 * c + d) / 6, values)

const vigorIndex = (open: Series, high: Series, low: Series, close: Series, length: number) => {
  const moves = over(length, sum, vigor(difference(close, open)))
  return lift((a, b) => over0(a, b), moves, over(length, sum, vigor(difference(high, low))))
}

const streaks = (source: Series) =>
  follow(source, 0, 0, (before, value, bar) => {
    const direction = Math.sign(value - (source[bar - 1] ?? 0))
    return direction * before > 0 ? before + direction : direction
  })

const rank = (length: number) => (values: Series) => {
  const newest = values.at(-1) ?? 0
  return (100 * values.slice(0, -1).filter((value) => value <= newest).length) / length
}

export const MOMENTUM: Record<string, Reference> = {
  rsi: ({ source }, [length = 0]) => talib('RSI', [source], [length]),
  macd: ({ source }, parameters) => talib('MACD', [source], parameters, 3),
  apo: ({ source }, [fast = 0, slow = 0]) => [APO(source, fast, slow)],
  ppo: ({ source }, [fast = 0, slow = 0, signal = 0]) => withSignal(PPO(source, fast, slow), signal),
  roc: ({ source }, [length = 0]) => talib('ROC', [source], [length]),
  mom: ({ source }, [length = 0]) => talib('MOM', [source], [length]),
  stoch: ({ high, low, close }, [length = 0, smoothK = 0, smoothD = 0]) =>
    talib('STOCH', [high, low, close], [length, smoothK, SIMPLE, smoothD, SIMPLE], 2),
  stochf: ({ high, low, close }, [length = 0, smoothD = 0]) =>
    talib('STOCHF', [high, low, close], [length, smoothD, SIMPLE], 2),
  stochrsi: ({ source }, [length = 0, stochLength = 0, smoothK = 0, smoothD = 0]) => {
    const [, line = []] = talib('STOCHRSI', [source], [length, stochLength, smoothK, SIMPLE], 2)
    const signal = SMA(line, smoothD)
    return [lift((value, other) => value + 0 * other, line, signal), signal]
  },
  cci: ({ high, low, close }, [length = 0]) => talib('CCI', [high, low, close], [length]),
  willr: ({ high, low, close }, [length = 0]) => talib('WILLR', [high, low, close], [length]),
  cmo: ({ source }, [length = 0]) => talib('CMO', [source], [length]),
  mfi: ({ high, low, close, volume }, [length = 0]) => talib('MFI', [high, low, close, volume], [length]),
  imi: ({ open, close }, [length = 0]) => {
    const [line = []] = talib('IMI', [open, close], [length])
    return [line.map((value, bar) => (bar >= length - 1 && Number.isNaN(value) ? 50 : value))]
  },
  trix: ({ source }, [length = 0]) => talib('TRIX', [source], [length]),
  ultosc: ({ high, low, close }, [timePeriod1 = 0, timePeriod2 = 0, timePeriod3 = 0]) =>
    talib('ULTOSC', [high, low, close], [timePeriod1, timePeriod2, timePeriod3]),
  bop: ({ open, high, low, close }) => talib('BOP', [open, high, low, close], []),
  tsi: ({ source }, [long = 0, short = 0, signal = 0]) =>
    withSignal(trueStrength(source, long, short), signal).slice(0, 2),
  smi: ({ high, low, close }, [length = 0, smooth = 0, signal = 0]) =>
    withSignal(momentumIndex(high, low, close, length, smooth), signal).slice(0, 2),
  ao: ({ high, low }, [fast = 0, slow = 0]) => [awesome(high, low, fast, slow)],
  ac: ({ high, low }, [fast = 0, slow = 0, signal = 0]) => {
    const line = awesome(high, low, fast, slow)
    return [difference(line, SMA(line, signal))]
  },
  fisher: ({ high, low }, [length = 0]) => {
    const line = fisherTransform(high, low, length)
    return [line, ago(line, 1)].map((values) => values.fill(Number.NaN, 0, length))
  },
  rvgi: ({ open, high, low, close }, [length = 0]) => {
    const line = vigorIndex(open, high, low, close, length)
    return [
      line.with(0, Number.NaN).fill(Number.NaN, 0, length + 5),
      vigor(vigorIndex(open, high, low, close, length)),
    ]
  },
  connors_rsi: ({ source }, [length = 0, streakLength = 0, rankLength = 0]) => [
    lift(
      (a, b, c) => (a + b + c) / 3,
      RSI(source, length),
      RSI(streaks(source), streakLength),
      over(rankLength + 1, rank(rankLength), ROC(source, 1)),
    ),
  ],
  dpo: ({ source }, [length = 0]) => [
    difference(source, ago(SMA(source, length), Math.floor(length / 2) + 1)),
  ],
  kst: ({ source }, parameters) => {
    const part = (k: number) => SMA(ROC(source, parameters[k] ?? 0), parameters[k + 4] ?? 0)
    const line = lift((a, b, c, d) => a + 2 * b + 3 * c + 4 * d, part(0), part(1), part(2), part(3))
    const signal = SMA(line, parameters[8] ?? 0)
    return [lift((value, other) => value + 0 * other, line, signal), signal]
  },
  coppock: ({ source }, [length = 0, long = 0, short = 0]) => [
    WMA(
      lift((a, b) => a + b, ROC(source, long), ROC(source, short)),
      length,
    ),
  ],
  elder_ray: ({ high, low, close }, [length = 0]) => [
    difference(high, EMA(close, length)),
    difference(low, EMA(close, length)),
  ],
}

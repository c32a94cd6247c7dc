import type { Reference } from './reference.ts'
import { EMA, MAX, MIN, ROC, talib } from './talib.ts'
import { ago, highest, lift, mean, moment, over, over0, type Series, sum } from './textbook.ts'

const deviation = (length: number, source: Series) =>
  over(length, (values) => Math.sqrt(moment(values, 2)), source)

const bands = (source: Series, length: number, deviations: number): [Series, Series, Series] => {
  const middle = over(length, mean, source)
  const width = deviation(length, source)
  return [
    middle,
    lift((m, w) => m + deviations * w, middle, width),
    lift((m, w) => m - deviations * w, middle, width),
  ]
}

const sampleVariance = (values: Series) => (moment(values, 2) * values.length) / (values.length - 1)
const logRatio = (a: Series, b: Series) => lift((x, y) => Math.log(x / y), a, b)
const annual = (variance: Series, periods: number) =>
  variance.map((value) => 100 * Math.sqrt(value * periods))

const driftless = (open: Series, high: Series, low: Series, close: Series) =>
  lift(
    (o, h, l, c) => Math.log(h / c) * Math.log(h / o) + Math.log(l / c) * Math.log(l / o),
    open,
    high,
    low,
    close,
  )

const yangZhang = (open: Series, high: Series, low: Series, close: Series, length: number) => {
  const k = 0.34 / (1.34 + (length + 1) / (length - 1))
  return lift(
    (overnight, within, driftlessMean) => overnight + k * within + (1 - k) * driftlessMean,
    over(length, sampleVariance, logRatio(open, ago(close, 1))),
    over(length, sampleVariance, logRatio(close, open)),
    over(length, mean, driftless(open, high, low, close)),
  )
}

export const VOLATILITY: Record<string, Reference> = {
  true_range: ({ high, low, close }) => talib('TRANGE', [high, low, close], []),
  atr: ({ high, low, close }, [length = 0]) => talib('ATR', [high, low, close], [length]),
  natr: ({ high, low, close }, [length = 0]) => talib('NATR', [high, low, close], [length]),
  bollinger: ({ source }, [length = 0, deviations = 0]) => bands(source, length, deviations),
  percent_b: ({ source }, [length = 0, deviations = 0]) => {
    const [, upper, lower] = bands(source, length, deviations)
    return [lift((x, u, l) => over0(x - l, u - l, 0.5), source, upper, lower)]
  },
  bandwidth: ({ source }, [length = 0, deviations = 0]) => {
    const [middle, upper, lower] = bands(source, length, deviations)
    return [lift((m, u, l) => (100 * (u - l)) / m, middle, upper, lower)]
  },
  keltner: ({ high, low, close }, [length = 0, multiple = 0, atrLength = 0]) => {
    const [range = []] = talib('ATR', [high, low, close], [atrLength])
    return [0, multiple, -multiple].map((times) =>
      lift((middle, width) => middle + times * width, EMA(close, length), range),
    )
  },
  donchian: ({ high, low }, [length = 0]) => {
    const [upper, lower] = [MAX(high, length), MIN(low, length)]
    return [lift((a, b) => (a + b) / 2, upper, lower), upper, lower]
  },
  chandelier: ({ high, low, close }, [length = 0, multiple = 0]) => {
    const [range = []] = talib('ATR', [high, low, close], [length])
    return [
      lift((top, width) => top - multiple * width, MAX(high, length), range),
      lift((bottom, width) => bottom + multiple * width, MIN(low, length), range),
    ]
  },
  stddev: ({ source }, [length = 0]) => [deviation(length, source)],
  historical_volatility: ({ source }, [length = 0, periods = 0]) => [
    annual(over(length, sampleVariance, logRatio(source, ago(source, 1))), periods),
  ],
  parkinson: ({ high, low }, [length = 0, periods = 0]) => [
    annual(
      over(
        length,
        (ranges) => mean(ranges.map((range) => range ** 2)) / (4 * Math.log(2)),
        logRatio(high, low),
      ),
      periods,
    ),
  ],
  garman_klass: ({ open, high, low, close }, [length = 0, periods = 0]) => [
    annual(
      over(
        length,
        (ranges, moves) =>
          mean(ranges.map((range, i) => range ** 2 / 2 - (2 * Math.log(2) - 1) * (moves[i] ?? 0) ** 2)),
        logRatio(high, low),
        logRatio(close, open),
      ),
      periods,
    ),
  ],
  rogers_satchell: ({ open, high, low, close }, [length = 0, periods = 0]) => [
    annual(over(length, mean, driftless(open, high, low, close)), periods),
  ],
  yang_zhang: ({ open, high, low, close }, [length = 0, periods = 0]) => [
    annual(yangZhang(open, high, low, close, length), periods),
  ],
  chaikin_volatility: ({ high, low }, [length = 0, change = 0]) => [
    ROC(
      EMA(
        lift((h, l) => h - l, high, low),
        length,
      ),
      change,
    ),
  ],
  ulcer_index: ({ source }, [length = 0]) => {
    const top = over(length, highest, source)
    const squares = lift((x, t) => (100 * (x / t - 1)) ** 2, source, top)
    return [over(length, (values) => Math.sqrt(mean(values)), squares)]
  },
  rvi: ({ source }, [length = 0, smooth = 0]) => {
    const spread = deviation(length, source)
    const before = ago(source, 1)
    const rises = EMA(
      lift((d, x, b) => (x > b ? d : d * 0), spread, source, before),
      smooth,
    )
    const all = EMA(spread, smooth)
    return [lift((a, b) => 100 * over0(a, b, 0.5), rises, all)]
  },
}

/** Mean product of two series' distances from their means, in two passes. */
const product = (x: Series, y: Series) =>
  mean(x.map((value, i) => (value - mean(x)) * ((y[i] ?? 0) - mean(y))))

const correlation = (x: Series, y: Series) => over0(product(x, y), Math.sqrt(product(x, x) * product(y, y)))

export const STATISTICS: Record<string, Reference> = {
  variance: ({ source }, [length = 0]) => [over(length, (values) => moment(values, 2), source)],
  mean_deviation: ({ source }, [length = 0]) => talib('AVGDEV', [source], [length]),
  zscore: ({ source }, [length = 0]) => [
    lift((x, m, d) => over0(x - m, d), source, over(length, mean, source), deviation(length, source)),
  ],
  skew: ({ source }, [length = 0]) => [
    over(length, (values) => over0(moment(values, 3), moment(values, 2) ** 1.5), source),
  ],
  kurtosis: ({ source }, [length = 0]) => [
    over(length, (values) => over0(moment(values, 4), moment(values, 2) ** 2, 3) - 3, source),
  ],
  correl: ({ source, other }, [length = 0]) => [over(length, correlation, source, other)],
  beta: ({ source, other }, [length = 0]) => {
    const rate = (series: Series) => lift((now, then) => (now - then) / then, series, ago(series, 1))
    const slope = (y: Series, x: Series) => over0(product(x, y), product(x, x))
    return [over(length, slope, rate(source), rate(other))]
  },
  linear_reg: ({ source }, [length = 0]) => talib('LINEARREG', [source], [length]),
  linear_reg_intercept: ({ source }, [length = 0]) => talib('LINEARREG_INTERCEPT', [source], [length]),
  linear_reg_slope: ({ source }, [length = 0]) => talib('LINEARREG_SLOPE', [source], [length]),
  linear_reg_angle: ({ source }, [length = 0]) => talib('LINEARREG_ANGLE', [source], [length]),
  tsf: ({ source }, [length = 0]) => talib('TSF', [source], [length]),
  r_squared: ({ source }, [length = 0]) => [
    over(
      length,
      (values) => {
        const centers = values.map((_, i) => i - (length - 1) / 2)
        const product = sum(values.map((value, i) => (value - mean(values)) * (centers[i] ?? 0)))
        const spread = sum(centers.map((center) => center ** 2)) * moment(values, 2) * length
        return over0(product ** 2, spread)
      },
      source,
    ),
  ],
}

import type { Column, Indicator } from './indicator.ts'
import { relativeStrength } from './kernels/relative-strength.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { stochastic } from './kernels/stochastic.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Bars = [high: Column, low: Column, close: Column]
type Lines = [k: Column, d: Column]
type Stochastic = [length: number, smoothK: number, smoothD: number]

export const stoch: Indicator = {
  name: 'stoch',
  title: 'Stochastic oscillator',
  category: 'momentum',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 14), bars('smooth_k', 3), bars('smooth_d', 3)],
  outputs: ['k', 'd'],
  definition:
    'k = sma(100·(close − L) / (H − L), smooth_k), H and L the highest high and lowest low of `length` bars; ' +
    '0 where H = L; d = sma(k, smooth_d).',
  reference: 'TA-Lib STOCH',
  warmUpFormula: 'length + smooth_k + smooth_d − 3',
  warmUp: ([length, smoothK, smoothD]: Stochastic) => length + smoothK + smoothD - 3,
  settle: () => 0,
  compute([high, low, close]: Bars, [length, smoothK, smoothD]: Stochastic, [k, d]: Lines) {
    const raw = new Float64Array(close.length)
    stochastic(close, high, low, length, raw)
    smooth(raw, length - 1, smoothK, smoothD, k, d)
  },
}

export const stochf: Indicator = {
  name: 'stochf',
  title: 'Fast stochastic oscillator',
  category: 'momentum',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 14), bars('smooth_d', 3)],
  outputs: ['k', 'd'],
  definition:
    'k = 100·(close − L) / (H − L), H and L the highest high and lowest low of `length` bars; 0 where H = L; ' +
    'd = sma(k, smooth_d).',
  reference: 'TA-Lib STOCHF',
  warmUpFormula: 'length + smooth_d − 2',
  warmUp: ([length, smoothD]: [number, number]) => length + smoothD - 2,
  settle: () => 0,
  compute([high, low, close]: Bars, [length, smoothD]: [number, number], [k, d]: Lines) {
    const raw = new Float64Array(close.length)
    stochastic(close, high, low, length, raw)
    smooth(raw, length - 1, 1, smoothD, k, d)
  },
}

type StochasticRsi = [length: number, stochLength: number, smoothK: number, smoothD: number]

export const stochrsi: Indicator = {
  name: 'stochrsi',
  title: 'Stochastic RSI',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 14), bars('stoch_length', 14), bars('smooth_k', 3), bars('smooth_d', 3)],
  outputs: ['k', 'd'],
  definition:
    'k = sma(100·(r − L) / (H − L), smooth_k), r = rsi(length), H and L its highest and lowest of `stoch_length` ' +
    'bars; 0 where H = L; d = sma(k, smooth_d).',
  reference: 'TA-Lib STOCHRSI, which has smooth_k = 1, and its SMA',
  warmUpFormula: 'length + stoch_length + smooth_k + smooth_d − 3',
  warmUp: ([length, stochLength, smoothK, smoothD]: StochasticRsi) =>
    length + stochLength + smoothK + smoothD - 3,
  settle: ([length]: StochasticRsi) => settleOf(1 / length),
  compute([source]: [Column], [length, stochLength, smoothK, smoothD]: StochasticRsi, [k, d]: Lines) {
    const strength = new Float64Array(source.length)
    const raw = new Float64Array(source.length)
    relativeStrength(source, length, strength)
    const known = strength.subarray(length)
    stochastic(known, known, known, stochLength, raw.subarray(length))
    smooth(raw, length + stochLength - 1, smoothK, smoothD, k, d)
  },
}

/** Averages the raw line, which begins at `from`, and its average; both lines begin with the second one. */
function smooth(raw: Column, from: number, smoothK: number, smoothD: number, k: Column, d: Column): void {
  const start = from + smoothK - 1
  rollingMean(raw.subarray(from), smoothK, k.subarray(from))
  rollingMean(k.subarray(start), smoothD, d.subarray(start))
  k.fill(Number.NaN, 0, start + smoothD - 1)
}

import type { Column, Indicator } from './indicator.ts'
import { moneyFlow, runningSum } from './kernels/money-flow.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Bars = [high: Column, low: Column, close: Column, volume: Column]

const FLOW = 'volume·((close − low) − (high − close)) / (high − low), 0 where high = low'

export const ad: Indicator = {
  name: 'ad',
  title: 'Accumulation/distribution line',
  category: 'volume',
  inputs: ['high', 'low', 'close', 'volume'],
  parameters: [],
  outputs: ['ad'],
  definition: `Sum from the first bar on of the money flow: ${FLOW}.`,
  reference: 'TA-Lib AD',
  warmUpFormula: '0',
  warmUp: () => 0,
  settle: () => Number.POSITIVE_INFINITY,
  compute([high, low, close, volume]: Bars, _parameters: [], [out]: [Column]) {
    runningSum(moneyFlow(high, low, close, volume), out)
  },
}

type Oscillator = [fast: number, slow: number]

export const adosc: Indicator = {
  name: 'adosc',
  title: 'Chaikin oscillator',
  category: 'volume',
  inputs: ['high', 'low', 'close', 'volume'],
  parameters: [bars('fast', 3), bars('slow', 10)],
  outputs: ['adosc'],
  definition: 'ema(ad, fast) − ema(ad, slow), both seeded with the first value.',
  reference: 'TA-Lib ADOSC',
  warmUpFormula: 'slow − 1',
  warmUp: ([, slow]: Oscillator) => slow - 1,
  settle: ([, slow]: Oscillator) => settleOf(alphaOf(slow)),
  fault: ([fast, slow]: Oscillator) => (fast < slow ? undefined : '`fast` must be less than `slow`.'),
  compute([high, low, close, volume]: Bars, [fast, slow]: Oscillator, [out]: [Column]) {
    const line = new Float64Array(out.length)
    const slowAverage = new Float64Array(out.length)
    runningSum(moneyFlow(high, low, close, volume), line)
    exponentialAverage(line, 1, alphaOf(fast), out)
    exponentialAverage(line, 1, alphaOf(slow), slowAverage)
    for (let bar = 0; bar < out.length; bar++) {
      out[bar] = (out[bar] as number) - (slowAverage[bar] as number)
    }
    out.fill(Number.NaN, 0, slow - 1)
  },
}

export const cmf: Indicator = {
  name: 'cmf',
  title: 'Chaikin money flow',
  category: 'volume',
  inputs: ['high', 'low', 'close', 'volume'],
  parameters: [bars('length', 20)],
  outputs: ['cmf'],
  definition: `Sum over \`length\` bars of the money flow, over that of the volume; 0 where there was none. Money flow: ${FLOW}.`,
  reference: 'Marc Chaikin, TA-Lib AD and SUM',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([high, low, close, volume]: Bars, [length]: [number], [out]: [Column]) {
    const volumes = new Float64Array(out.length)
    rollingSum(moneyFlow(high, low, close, volume), length, out)
    rollingSum(volume, length, volumes)
    for (let bar = length - 1; bar < out.length; bar++) {
      out[bar] = ratio(out[bar] as number, volumes[bar] as number)
    }
  },
}

import type { Column, Indicator } from './indicator.ts'
import { middlePrice } from './kernels/prices.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

type Parameters = [fast: number, slow: number]

export const ao: Indicator = {
  name: 'ao',
  title: 'Awesome oscillator',
  category: 'momentum',
  inputs: ['high', 'low'],
  parameters: [bars('fast', 5), bars('slow', 34)],
  outputs: ['ao'],
  definition: 'sma(p, fast) − sma(p, slow), p = (high + low) / 2.',
  reference: 'Bill Williams 1998, TA-Lib SMA',
  warmUpFormula: 'slow − 1',
  warmUp: ([, slow]: Parameters) => slow - 1,
  settle: () => 0,
  fault: ([fast, slow]: Parameters) => (fast < slow ? undefined : '`fast` must be less than `slow`.'),
  compute([high, low]: [Column, Column], [fast, slow]: Parameters, [out]: [Column]) {
    spread(high, low, fast, slow, out)
  },
}

type AcceleratorParameters = [fast: number, slow: number, signal: number]

export const ac: Indicator = {
  name: 'ac',
  title: 'Accelerator oscillator',
  category: 'momentum',
  inputs: ['high', 'low'],
  parameters: [...ao.parameters, bars('signal', 5)],
  outputs: ['ac'],
  definition: 'ao(fast, slow) − sma(ao(fast, slow), signal).',
  reference: 'Bill Williams 1998, TA-Lib SMA',
  warmUpFormula: 'slow + signal − 2',
  warmUp: ([, slow, signal]: AcceleratorParameters) => slow + signal - 2,
  settle: () => 0,
  fault: ([fast, slow]: AcceleratorParameters) =>
    fast < slow ? undefined : '`fast` must be less than `slow`.',
  compute([high, low]: [Column, Column], [fast, slow, signal]: AcceleratorParameters, [out]: [Column]) {
    const oscillator = new Float64Array(high.length)
    spread(high, low, fast, slow, oscillator)
    rollingMean(oscillator.subarray(slow - 1), signal, out.subarray(slow - 1))
    for (let bar = slow + signal - 2; bar < out.length; bar++) {
      out[bar] = (oscillator[bar] as number) - (out[bar] as number)
    }
  },
}

function spread(high: Column, low: Column, fast: number, slow: number, out: Column): void {
  const prices = middlePrice(high, low)
  const slowMeans = new Float64Array(prices.length)
  rollingMean(prices, fast, out)
  rollingMean(prices, slow, slowMeans)
  for (let bar = fast - 1; bar < out.length; bar++) {
    out[bar] = (out[bar] as number) - (slowMeans[bar] as number)
  }
}

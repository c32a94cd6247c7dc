import type { Column, Indicator } from './indicator.ts'
import { averageSpread } from './kernels/average-spread.ts'
import { percent } from './kernels/ratio.ts'
import { addSignal, alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const apo: Indicator = {
  name: 'apo',
  title: 'Absolute price oscillator',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('fast', 12), bars('slow', 26)],
  outputs: ['apo'],
  definition: 'ema(fast) − ema(slow).',
  reference: 'TA-Lib APO with MAType EMA',
  warmUpFormula: 'slow − 1',
  warmUp: ([, slow]: [number, number]) => slow - 1,
  settle: ([, slow]: [number, number]) => settleOf(alphaOf(slow)),
  fault: ([fast, slow]: [number, number]) => faultOf(fast, slow),
  compute([source]: [Column], [fast, slow]: [number, number], [out]: [Column]) {
    averageSpread(source, fast, slow, out)
  },
}

type Parameters = [fast: number, slow: number, signal: number]

export const ppo: Indicator = {
  name: 'ppo',
  title: 'Percentage price oscillator',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('fast', 12), bars('slow', 26), bars('signal', 9)],
  outputs: ['ppo', 'signal', 'histogram'],
  definition:
    'ppo = 100·(ema(fast) − ema(slow)) / ema(slow), 0 where the slow one is; signal = ema(ppo, signal); histogram = ppo − signal.',
  reference: 'TA-Lib PPO with MAType EMA, and its EMA',
  warmUpFormula: 'slow + signal − 2',
  warmUp: ([, slow, signal]: Parameters) => slow + signal - 2,
  settle: ([, slow, signal]: Parameters) => settleOf(alphaOf(Math.max(slow, signal)), 2),
  fault: ([fast, slow]: Parameters) => faultOf(fast, slow),
  compute([source]: [Column], parameters: Parameters, outputs: [Column, Column, Column]) {
    percentSpread(source, parameters, outputs)
  },
}

export const pvo: Indicator = {
  ...ppo,
  name: 'pvo',
  title: 'Percentage volume oscillator',
  category: 'volume',
  inputs: ['volume'],
  outputs: ['pvo', 'signal', 'histogram'],
  definition: 'ppo(volume, fast, slow, signal).',
}

function faultOf(fast: number, slow: number): string | undefined {
  return fast < slow ? undefined : '`fast` must be less than `slow`.'
}

function percentSpread(
  source: Column,
  [fast, slow, signal]: Parameters,
  [line, signals, histogram]: [Column, Column, Column],
): void {
  const slowAverage = new Float64Array(source.length)
  exponentialAverage(source, slow, alphaOf(slow), slowAverage)
  exponentialAverage(source, fast, alphaOf(fast), line)
  for (let bar = slow - 1; bar < line.length; bar++) {
    const base = slowAverage[bar] as number
    line[bar] = percent((line[bar] as number) - base, base)
  }
  addSignal(line, slow - 1, signal, signals)
  for (let bar = slow + signal - 2; bar < line.length; bar++) {
    histogram[bar] = (line[bar] as number) - (signals[bar] as number)
  }
}

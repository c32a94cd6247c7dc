import type { Column, Indicator } from './indicator.ts'
import { rollingMaximumAge } from './kernels/rolling-extremes.ts'
import { bars } from './parameters.ts'

export const aroon: Indicator = {
  name: 'aroon',
  title: 'Aroon',
  category: 'trend',
  inputs: ['high', 'low'],
  parameters: [bars('length', 14)],
  outputs: ['up', 'down'],
  definition:
    '100·(length − n) / length, n the bars since the highest high (up) or the lowest low (down) of the last ' +
    'length + 1 bars; of equal ones the latest counts.',
  reference: 'TA-Lib AROON',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  cost: () => 6,
  compute([high, low]: [Column, Column], [length]: [number], [up, down]: [Column, Column]) {
    ages(high, low, length, up, down)
    for (let bar = length; bar < up.length; bar++) {
      up[bar] = (100 * (length - (up[bar] as number))) / length
      down[bar] = (100 * (length - (down[bar] as number))) / length
    }
  },
}

export const aroonosc: Indicator = {
  ...aroon,
  name: 'aroonosc',
  title: 'Aroon oscillator',
  outputs: ['aroonosc'],
  definition: 'aroon(length).up − aroon(length).down.',
  reference: 'TA-Lib AROONOSC',
  compute([high, low]: [Column, Column], [length]: [number], [out]: [Column]) {
    const lowAge = new Float64Array(low.length)
    ages(high, low, length, out, lowAge)
    for (let bar = length; bar < out.length; bar++) {
      out[bar] = (100 * ((lowAge[bar] as number) - (out[bar] as number))) / length
    }
  },
}

function ages(high: Column, low: Column, length: number, highAge: Column, lowAge: Column): void {
  rollingMaximumAge(high, length + 1, highAge)
  rollingMaximumAge(
    low.map((value) => -value),
    length + 1,
    lowAge,
  )
}

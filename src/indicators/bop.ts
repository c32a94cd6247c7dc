import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'

export const bop: Indicator = {
  name: 'bop',
  title: 'Balance of power',
  category: 'momentum',
  inputs: ['open', 'high', 'low', 'close'],
  parameters: [],
  outputs: ['bop'],
  definition: '(close − open) / (high − low); 0 where high = low.',
  reference: 'TA-Lib BOP',
  warmUpFormula: '0',
  warmUp: () => 0,
  settle: () => 0,
  compute([open, high, low, close]: [Column, Column, Column, Column], _parameters: [], [out]: [Column]) {
    for (let bar = 0; bar < out.length; bar++) {
      out[bar] = ratio(
        (close[bar] as number) - (open[bar] as number),
        (high[bar] as number) - (low[bar] as number),
      )
    }
  },
}

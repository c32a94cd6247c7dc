import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingProducts } from './kernels/rolling-products.ts'
import { bars } from './parameters.ts'

export const correl: Indicator = {
  name: 'correl',
  title: "Pearson's correlation",
  category: 'statistic',
  inputs: ['source', 'source'],
  parameters: [bars('length', 30)],
  outputs: ['correl'],
  definition:
    'Covariance of the last `length` values of two series over the root of the product of their variances; 0 where one does not move.',
  reference: 'Two passes in the tests, and TA-Lib CORREL, which is less exact',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([x, y]: [Column, Column], [length]: [number], [out]: [Column]) {
    const [xx, yy] = [new Float64Array(out.length), new Float64Array(out.length)]
    rollingProducts(x, x, length, xx)
    rollingProducts(y, y, length, yy)
    rollingProducts(x, y, length, out)
    for (let bar = length - 1; bar < out.length; bar++) {
      out[bar] = ratio(out[bar] as number, Math.sqrt((xx[bar] as number) * (yy[bar] as number)))
    }
  },
}

export const beta: Indicator = {
  name: 'beta',
  title: 'Beta',
  category: 'statistic',
  inputs: ['source', 'source'],
  parameters: [bars('length', 5)],
  outputs: ['beta'],
  definition:
    'Slope of the returns of the first series against those of the second, over `length` returns (x / x before − 1); ' +
    '0 where the second does not move.',
  reference:
    'Two passes in the tests, and TA-Lib BETA, which is less exact and takes its inputs in the other order',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([source, market]: [Column, Column], [length]: [number], [out]: [Column]) {
    const [x, y] = [returns(market), returns(source)]
    const squares = new Float64Array(x.length)
    const products = out.subarray(1)
    rollingProducts(x, x, length, squares)
    rollingProducts(x, y, length, products)
    for (let bar = length - 1; bar < products.length; bar++) {
      products[bar] = ratio(products[bar] as number, squares[bar] as number)
    }
  },
}

/** From bar 1 on. */
function returns(source: Column): Column {
  return source.subarray(1).map((value, bar) => {
    const before = source[bar] as number
    return ratio(value - before, before)
  })
}

import { atan } from '../numerics/atan.ts'
import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingLine, rollingWeights } from './kernels/rolling-line.ts'
import { rollingSquares } from './kernels/rolling-variance.ts'
import { bars } from './parameters.ts'

const LINE = 'the straight line through the last `length` values, by least squares'

export const linearReg: Indicator = {
  name: 'linear_reg',
  title: 'Linear regression',
  category: 'statistic',
  inputs: ['source'],
  parameters: [bars('length', 14, { min: 2 })],
  outputs: ['linear_reg'],
  definition: `Where ${LINE}, is at the newest.`,
  reference: 'TA-Lib LINEARREG',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    pointOnLine(source, length, (length - 1) / 2, out)
  },
}

export const tsf: Indicator = {
  ...linearReg,
  name: 'tsf',
  title: 'Time series forecast',
  outputs: ['tsf'],
  definition: `Where ${LINE}, will be at the next bar.`,
  reference: 'TA-Lib TSF',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    pointOnLine(source, length, (length + 1) / 2, out)
  },
}

export const linearRegIntercept: Indicator = {
  ...linearReg,
  name: 'linear_reg_intercept',
  title: 'Linear regression intercept',
  outputs: ['linear_reg_intercept'],
  definition: `Where ${LINE}, is at the oldest.`,
  reference: 'TA-Lib LINEARREG_INTERCEPT',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    pointOnLine(source, length, (1 - length) / 2, out)
  },
}

export const linearRegSlope: Indicator = {
  ...linearReg,
  name: 'linear_reg_slope',
  title: 'Linear regression slope',
  category: 'trend',
  outputs: ['linear_reg_slope'],
  definition: `Rise for each bar of ${LINE}.`,
  reference: 'TA-Lib LINEARREG_SLOPE',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    rollingLine(source, length, new Float64Array(out.length), out)
  },
}

export const linearRegAngle: Indicator = {
  ...linearRegSlope,
  name: 'linear_reg_angle',
  title: 'Linear regression angle',
  outputs: ['linear_reg_angle'],
  definition: 'Arc tangent of linear_reg_slope(length), in degrees.',
  reference: 'TA-Lib LINEARREG_ANGLE',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    rollingLine(source, length, new Float64Array(out.length), out)
    for (let bar = length - 1; bar < out.length; bar++) {
      out[bar] = (180 / Math.PI) * atan(out[bar] as number)
    }
  },
}

export const rSquared: Indicator = {
  ...linearReg,
  name: 'r_squared',
  title: 'Coefficient of determination',
  outputs: ['r_squared'],
  definition: `Share of the variance that ${LINE}, explains: from 0 to 1; 0 where there is none.`,
  reference: 'TA-Lib CORREL with the number of the bar, squared',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const squares = new Float64Array(out.length)
    rollingSquares(source, length, new Float64Array(out.length), squares)
    rollingWeights(source, length, new Float64Array(out.length), out)
    const spread = (length * (length * length - 1)) / 12
    for (let bar = length - 1; bar < out.length; bar++) {
      const product = out[bar] as number
      out[bar] = ratio(product * product, spread * (squares[bar] as number))
    }
  },
}

/** The line's value at a distance in bars from the middle of the window. */
function pointOnLine(source: Column, length: number, distance: number, out: Column): void {
  const slopes = new Float64Array(out.length)
  rollingLine(source, length, out, slopes)
  for (let bar = length - 1; bar < out.length; bar++) {
    out[bar] = (out[bar] as number) + distance * (slopes[bar] as number)
  }
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../../../test/indicators/made-candles.ts'
import { highest, lowest, mean, moment, over, type Series, sum } from '../../../test/indicators/textbook.ts'
import { rollingMaximum, rollingMaximumAge, rollingMinimum } from './rolling-extremes.ts'
import { rollingLine, rollingWeightedMean } from './rolling-line.ts'
import { rollingMean, rollingSum } from './rolling-mean.ts'
import { rollingMoments } from './rolling-moments.ts'
import { rollingProducts } from './rolling-products.ts'
import { rollingSquares } from './rolling-variance.ts'
import { countUpTo, emptySortedWindow, insertValue, removeValue } from './sorted-window.ts'

type Kernel = (source: Float64Array, length: number, out: Float64Array) => void

function run(kernel: Kernel, source: Series, length: number): Series {
  const out = new Float64Array(source.length).fill(Number.NaN)
  kernel(Float64Array.from(source), length, out)
  return [...out]
}

/** Small whole numbers, so that sums are exact and equal values are frequent. */
const wholeNumbers = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 60 })
const lengths = fc.integer({ min: 1, max: 12 })

function assertLikeWindows(kernel: Kernel, f: (values: Series) => number) {
  const property = fc.property(wholeNumbers, lengths, (source, length) => {
    assert.deepEqual(run(kernel, source, length), over(length, f, source).slice(0, source.length))
  })
  fc.assert(property)
}

/** The largest distance as a share of what it is from. */
function worstError(ours: Series, theirs: Series): number {
  return ours.reduce((worst, value, i) => {
    const expected = theirs[i] ?? Number.NaN
    if (Number.isNaN(value) && Number.isNaN(expected)) return worst
    return Math.max(worst, Math.abs(value - expected) / Math.abs(expected))
  }, 0)
}

describe('a rolling kernel over data of any length', () => {
  it('finds the highest and the lowest of each window, whether or not it ends with a block', () => {
    assertLikeWindows(rollingMaximum, highest)
    assertLikeWindows(rollingMinimum, lowest)
  })

  it('finds how long ago the highest was; of equal ones it is the latest', () => {
    assertLikeWindows(rollingMaximumAge, (values) => values.length - 1 - values.lastIndexOf(highest(values)))
  })

  it('sums each window exactly where the sums are exact', () => {
    assertLikeWindows(rollingSum, (values) => sum(values) + 0)
  })

  it('averages equal values to exactly that value, and finds no spread and no slope in them', () => {
    const values = fc.double({ min: 1e-9, max: 1e9, noNaN: true })
    const property = fc.property(values, values, lengths, fc.nat(30), (before, value, length, start) => {
      const source = [...new Array(start).fill(before), ...new Array(length).fill(value)]
      const [ours, squares] = [new Float64Array(source.length), new Float64Array(source.length)]
      const column = Float64Array.from(source)
      rollingSquares(column, length, ours, squares)
      assert.deepEqual([ours.at(-1), squares.at(-1)], [value, 0])
      rollingProducts(column, column, length, squares)
      assert.equal(squares.at(-1), 0)
      const { second, third, fourth } = rollingMoments(column, length)
      assert.deepEqual([second.at(-1), third.at(-1), fourth.at(-1)], [0, 0, 0])
      assert.equal(run(rollingMean, source, length).at(-1), value)
      assert.equal(run(rollingWeightedMean, source, length).at(-1), value)
      rollingLine(column, length, ours, squares)
      assert.ok(length === 1 || squares.at(-1) === 0)
    })
    fc.assert(property)
  })
})

/** What makes a sum that slides lose its digits: a far level with little movement, then a fall of twelve digits. */
function hostile(bars: number): Series {
  const random = seededRandom(3)
  return Array.from({ length: bars }, (_, bar) => {
    const level = bar % 5_000 < 2_500 ? 1e9 : 1e-3
    return level * (1 + (random() - 0.5) * 1e-5)
  })
}

describe('a rolling kernel over two hundred thousand bars of changing size', () => {
  const source = hostile(200_000)
  const length = 50
  /** The last windows of levels, and some within. */
  const bars = Array.from({ length: 400 }, (_, i) => 199_999 - i * 487)
  const at = (values: Series) => bars.map((bar) => values[bar] ?? Number.NaN)
  const windows = (f: (values: Series) => number) =>
    bars.map((bar) => f(source.slice(bar - length + 1, bar + 1)))

  it('has a mean and a variance like those of two passes, wherever it stands: nothing drifts', () => {
    const [means, squares] = [new Float64Array(source.length), new Float64Array(source.length)]
    rollingSquares(Float64Array.from(source), length, means, squares)
    assert.ok(worstError(at([...means]), windows(mean)) < 1e-13)
    assert.ok(
      worstError(
        at([...squares].map((value) => value / length)),
        windows((values) => moment(values, 2)),
      ) < 1e-9,
    )
    assert.ok(worstError(at(run(rollingMean, source, length)), windows(mean)) < 1e-13)
    assert.ok(worstError(at(run(rollingSum, source, length)), windows(sum)) < 1e-14)
  })

  it('has skewness and kurtosis like those of two passes', () => {
    const { second, third, fourth } = rollingMoments(Float64Array.from(source), length)
    const skews = [...third].map((value, bar) => value / (second[bar] ?? 0) ** 1.5)
    const tails = [...fourth].map((value, bar) => value / (second[bar] ?? 0) ** 2)
    const two = (power: number) =>
      windows((values) => moment(values, power) / moment(values, 2) ** (power / 2))
    for (const [i, skew] of at(skews).entries()) assert.ok(Math.abs(skew - (two(3)[i] ?? 0)) < 1e-9)
    assert.ok(worstError(at(tails), two(4)) < 1e-9)
  })
})

describe('a sorted window', () => {
  it('counts what is not above a value, whatever came and went', () => {
    const property = fc.property(
      wholeNumbers,
      fc.integer({ min: -6, max: 6 }),
      lengths,
      (values, limit, length) => {
        const window = emptySortedWindow(length)
        for (const [i, value] of values.entries()) {
          if (i >= length) removeValue(window, values[i - length] ?? 0)
          insertValue(window, value)
          const kept = values.slice(Math.max(i - length + 1, 0), i + 1)
          assert.equal(countUpTo(window, limit), kept.filter((other) => other <= limit).length)
          assert.deepEqual(
            [...window.values.subarray(0, window.size)],
            kept.toSorted((a, b) => a - b),
          )
        }
      },
    )
    fc.assert(property)
  })
})

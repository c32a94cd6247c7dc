import { applyIndicator } from '../../src/indicators/apply-indicator.ts'
import type { Column, Indicator } from '../../src/indicators/indicator.ts'
import { usualParameters } from '../../src/indicators/usual-call.ts'
import type { Candles } from '../../src/market-data/candles.ts'
import { AVERAGES } from './averages.ts'
import { madeCandles } from './made-candles.ts'
import { MOMENTUM } from './momentum.ts'
import type { Reference } from './reference.ts'
import { ORDER, TREND } from './trend.ts'
import { STATISTICS, VOLATILITY } from './volatility.ts'
import { VOLUME } from './volume.ts'

export const REFERENCES: Record<string, Reference> = {
  ...AVERAGES,
  ...MOMENTUM,
  ...VOLATILITY,
  ...VOLUME,
  ...TREND,
  ...STATISTICS,
  ...ORDER,
}

/** Parameters that are about as large as the defaults times `share`, and allowed. */
export function scaledParameters(indicator: Indicator, share: number): number[] {
  const usual = usualParameters(indicator)
  const scaled = indicator.parameters.map((parameter, i) => {
    const value = (usual[i] ?? 0) * share
    const wanted = parameter.kind === 'integer' ? Math.round(value) : value
    // TA-Lib has no averages of one bar.
    const least = parameter.kind === 'integer' ? Math.max(parameter.min, 2) : parameter.min
    return Math.min(Math.max(wanted, least), parameter.max)
  })
  return indicator.fault?.(scaled) === undefined ? scaled : scaled.map((value) => value + 1)
}

/** The columns that an indicator reads; a second source is another series. */
export function inputsOf(indicator: Indicator, candles: Candles): Column[] {
  let sources = 0
  return indicator.inputs.map((input) => {
    if (input !== 'source') return candles[input]
    return sources++ === 0 ? candles.close : candles.open
  })
}

/** What the error of every indicator is measured on: a price of five digits, and one under 1. */
export function measuredCandles(): Candles[] {
  return [madeCandles({ seed: 1, bars: 1_200 }), madeCandles({ seed: 2, bars: 600, price: 0.9, digits: 5 })]
}

/** The largest deviation with usual, smaller, small and large parameters. */
export function measureError(indicator: Indicator, candles: Candles[]): number {
  const sets = [1, 0.6, 0.3, 2.5].map((share) => scaledParameters(indicator, share))
  const errors = candles.flatMap((data) =>
    sets.map((parameters) => worstDeviation(indicator, parameters, data).error),
  )
  return Math.max(...errors)
}

export type Deviation = { output: string; bar: number; ours: number; reference: number; error: number }

/**
 * The largest difference between an indicator and its reference over the larger of the value and the scale: that of
 * the input, or of the output where that is smaller.
 */
export function worstDeviation(indicator: Indicator, parameters: number[], candles: Candles): Deviation {
  const inputs = inputsOf(indicator, candles)
  const ours = applyIndicator(indicator, inputs, parameters)
  const series = referenceInputs(candles)
  const reference = REFERENCES[indicator.name]?.(series, parameters) ?? []
  const inputScale = Math.max(...inputs.map(largest))
  const worst = indicator.outputs.map((output, i) => {
    const expected = reference[i] ?? []
    const scale = Math.min(inputScale, largest(expected))
    return { output, ...compare(ours[i] ?? new Float64Array(), expected, scale) }
  })
  return worst.reduce((a, b) => (a.error >= b.error ? a : b))
}

function referenceInputs(candles: Candles) {
  const { timestamp, open, high, low, close, volume } = candles
  const list = (column: Column) => [...column]
  return {
    ...{ source: list(close), other: list(open), timestamp: list(timestamp), open: list(open) },
    ...{ high: list(high), low: list(low), close: list(close), volume: list(volume) },
  }
}

function compare(ours: Column, reference: readonly number[], scale: number) {
  let worst = { bar: -1, ours: 0, reference: 0, error: 0 }
  for (const [bar, value] of ours.entries()) {
    const expected = reference[bar] ?? Number.NaN
    const error = errorOf(value, expected, scale)
    if (error > worst.error) worst = { bar, ours: value, reference: expected, error }
  }
  return worst
}

/** Infinity where only one of them is a number. */
function errorOf(value: number, expected: number, scale: number): number {
  if (Number.isNaN(value) || Number.isNaN(expected)) {
    return Number.isNaN(value) === Number.isNaN(expected) ? 0 : Number.POSITIVE_INFINITY
  }
  return value === expected ? 0 : Math.abs(value - expected) / Math.max(Math.abs(expected), scale)
}

function largest(values: Iterable<number>): number {
  let found = 0
  for (const value of values) if (Math.abs(value) > found) found = Math.abs(value)
  return found
}

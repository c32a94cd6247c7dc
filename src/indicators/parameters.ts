import type { IndicatorParameter } from './indicator.ts'

/** Two weeks of one-minute bars. What a strategy may look back in all is limited by the language. */
const LONGEST = 20_000
/** For what costs time with each bar of the window. */
export const LONGEST_COSTLY = 500

type Bounds = { min?: number; max?: number }

/** A number of bars. Without a default it must be given. */
export function bars(
  name: string,
  byDefault?: number,
  { min = 1, max = LONGEST }: Bounds = {},
): IndicatorParameter {
  return { name, kind: 'integer', min, max, ...(byDefault === undefined ? {} : { default: byDefault }) }
}

export function factor(name: string, byDefault: number, min: number, max: number): IndicatorParameter {
  return { name, kind: 'number', min, max, default: byDefault }
}

/** Bars of a year, by which volatilities are made annual. */
export const periods: IndicatorParameter = factor('periods', 365, 1, 40_000_000)

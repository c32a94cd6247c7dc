/** One value for each bar. */
export type Column = Float64Array

/** A column of a bar that an indicator reads by itself, or `source`: what the user writes as the first argument. */
export type IndicatorInput = 'source' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'timestamp'

export type IndicatorParameter = {
  name: string
  kind: 'integer' | 'number'
  min: number
  max: number
  /** Trailing ones may be left out; one without a default must be given. */
  default?: number
}

export type IndicatorCategory = 'average' | 'momentum' | 'volatility' | 'volume' | 'trend' | 'statistic'

/**
 * One technical indicator. Written in a rule as `name(sources…, parameters…)`, for example `ema(close, 12)`,
 * `atr(14)`, `macd(close, 12, 26, 9).histogram`.
 *
 * Every run of bars in which no input is NaN is computed on its own, as if the data began there (`applyIndicator`
 * cuts them), so a kernel never sees a NaN, and a gap starts its warm-up anew.
 */
export type Indicator = {
  name: string
  title: string
  category: IndicatorCategory
  /** In the order in which `compute` gets them; each `source` is one argument of the call. */
  inputs: readonly IndicatorInput[]
  parameters: readonly IndicatorParameter[]
  /** Names of what comes out; the first is the main one. */
  outputs: readonly [string, ...string[]]
  /** Formula in words and symbols: smoothing, seed, degrees of freedom. */
  definition: string
  /** Where the definition comes from, and what it is checked against. */
  reference: string
  /** `warmUp` in the names of the parameters, for people. */
  warmUpFormula: string
  /** Bars before the first values: all outputs are NaN until then, and none is from then on. */
  warmUp(parameters: readonly number[]): number
  /**
   * Bars after the warm-up until the seed of a recursion weighs under 1e-9; 0 where only a window counts, Infinity
   * where there is no bound, as in a sum over the whole history.
   */
  settle(parameters: readonly number[]): number
  /** Time that one bar takes, where it is more than five times that of a usual indicator (about 40 ns), in such units. */
  cost?(parameters: readonly number[]): number
  /** What must hold between parameters (`fast < slow`), as a sentence where it does not. */
  fault?(parameters: readonly number[]): string | undefined
  /**
   * Fills `outputs` (the order of the names above) for a run of bars without NaN, which is longer than the warm-up; all
   * arrays have its length, and outputs come with NaN up to the warm-up, and anything after it. Value t may depend on inputs up to t alone.
   */
  compute(inputs: readonly Column[], parameters: readonly number[], outputs: readonly Column[]): void
}

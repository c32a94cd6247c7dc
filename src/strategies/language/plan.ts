import type { Timeframe } from '../../market-data/timeframe.ts'
import type { RiskLimits, Sizing } from '../signals.ts'
import type { ValueType } from './functions.ts'

/** What is computed from values of the same bar alone. */
export type BarOperation =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'minimum'
  | 'maximum'
  | 'negate'
  | 'absolute'
  | 'square_root'
  | 'logarithm'
  | 'less'
  | 'less_or_equal'
  | 'equal'
  | 'not_equal'
  | 'and'
  | 'or'
  | 'not'
  | 'choose'

export type Operation =
  | BarOperation
  | 'constant'
  | 'column'
  | 'close_time'
  | 'position'
  | 'offset'
  | 'highest'
  | 'lowest'
  | 'count'
  | 'bars_since'
  | 'value_when'
  | 'crosses_above'
  | 'indicator'
  | 'held'

/** One distinct subexpression, after parameters got their values. */
export type PlanNode = {
  operation: Operation
  type: ValueType
  /** The larger timeframe whose bars it is computed on; null for the strategy's own. */
  timeframe: Timeframe | null
  /** Positions of other nodes in the plan, all before this one. */
  inputs: readonly number[]
  /** Windows, offsets, an indicator's parameters; of a constant its value. */
  numbers: readonly number[]
  /** Of a column, a part of the time, a value of the position or an indicator. */
  name: string
  /** Which output of an indicator. */
  output: number
  /** Whether it depends on the open position, and so on more than the candles. */
  readsPosition: boolean
  /** All of this but the inputs, in one line: equal nodes with equal inputs are the same. */
  text: string
}

export type LevelPlan =
  | { type: 'percent'; value: number }
  | { type: 'distance'; node: number }
  | { type: 'price'; node: number }

export type OrderPlan =
  | { type: 'market' }
  | { type: 'limit' | 'stop'; node: number; expiresAfter: number | null }

export type SidePlan = {
  entry: number
  exit: number | null
  order: OrderPlan
  stopLoss: LevelPlan | null
  takeProfit: readonly { level: LevelPlan; quantityPercent: number }[]
  trailingStop: LevelPlan | null
}

/** A condition and what it is made of, with the text that stands for it in the document. */
export type RulePart = {
  text: string
  node: number
  parts: readonly RulePart[]
}

export type PlannedRule = RulePart & { path: string }

/** A strategy with values for its parameters, ready to be evaluated: plain data. */
export type BarePlan = {
  timeframe: Timeframe
  /** Base bars before the first one of interest from which on the start of the data moves no value. */
  lookBack: number
  /** Cost of one bar. */
  nodes: number
  /** In an order in which each can be computed from those before it. */
  graph: readonly PlanNode[]
  long: SidePlan | null
  short: SidePlan | null
  /** The node whose highest value comes first where margin is short. */
  rank: number | null
  sizing: Sizing
  limits: RiskLimits
}

/** The same with what names, identifies and explains it. */
export type Plan = BarePlan & {
  name: string
  /** Every rule as the user wrote it, to explain it. */
  rules: readonly PlannedRule[]
  /** All that decides on the outcome as stable JSON, to be hashed; names and ways of writing are no part of it. */
  canonical: string
}

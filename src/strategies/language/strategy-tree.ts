import type { Timeframe } from '../../market-data/timeframe.ts'
import type { Sizing } from '../signals.ts'
import type { Expression } from './expression.ts'
import type { ValueType } from './functions.ts'

/** An expression with where it stands in the document. */
export type Rule = { path: string; expression: Expression }

export type Range = {
  min: number
  max: number
  /** The bound itself is too small. */
  above?: boolean
  integer?: boolean
}

/** A number of the document, or an expression over parameters in its place. */
export type Constant = Rule & { range: Range }

export type Parameter =
  | { kind: 'number'; default: number; min: number; max: number; step: number; integer: boolean }
  | { kind: 'boolean'; default: boolean }

export type LevelTree =
  | { type: 'percent'; value: Constant }
  | { type: 'atr'; period: Constant; multiple: Constant }
  | { type: 'price'; price: Rule }

export type OrderTree =
  | { type: 'market' }
  | { type: 'limit' | 'stop'; price: Rule; expiresAfter: Constant | null }

export type SideTree = { entry: Rule; exit: Rule | null; order: OrderTree }

export type TargetTree = { level: LevelTree; quantityPercent: Constant }

export type RiskTree = {
  stopLoss: LevelTree | null
  takeProfit: TargetTree[]
  trailingStop: LevelTree | null
  breakEvenAtPercent: Constant | null
  maxBars: Constant | null
  cooldownBars: Constant
  maxOpenPositions: Constant | null
  dailyLossPercent: Constant | null
  maxDrawdownPercent: Constant | null
}

/** A document as read: every part is there, every expression a tree. */
export type StrategyTree = {
  name: string
  timeframe: Timeframe
  parameters: ReadonlyMap<string, Parameter>
  series: ReadonlyMap<string, Rule>
  long: SideTree | null
  short: SideTree | null
  rank: Rule | null
  sizing: { type: Sizing['type']; value: Constant }
  risk: RiskTree
}

/** An expression that could be read, with what it has to be. */
export type RuleToCheck = Rule & { type: ValueType; isExit: boolean; isConstant: boolean }

import { type Candles, sliceCandles } from '../../market-data/candles.ts'
import type { PositionValues } from '../signals.ts'
import { type Evaluated, evaluateGraph } from './evaluate-graph.ts'
import type { Plan, PlanNode, RulePart } from './plan.ts'
import { readerOf } from './position-rule.ts'
import { FALSE, TRUE } from './truth.ts'

/** A condition, or a number in one, with its value at a bar: null where it is unknown or no number. */
export type ExplainedPart = {
  text: string
  value: boolean | number | null
  parts: ExplainedPart[]
}

export type ExplainedRule = ExplainedPart & {
  path: string
  /** Whether every series is past its warm-up; before that no rule fires. */
  isReady: boolean
}

type Source = { plan: Plan; evaluated: Evaluated; bar: number; position: PositionValues | undefined }

function valueAtBar({ plan, evaluated, bar, position }: Source, node: number): boolean | number | null {
  const { readsPosition, type } = plan.graph[node] as PlanNode
  if (readsPosition && position === undefined) return null
  const value = readerOf(plan.graph, evaluated, node)(bar, position as PositionValues)
  if (type === 'number') return Number.isNaN(value) ? null : value
  return value === TRUE || value === FALSE ? value === TRUE : null
}

function explained(source: Source, { text, node, parts }: RulePart): ExplainedPart {
  return { text, value: valueAtBar(source, node), parts: parts.map((part) => explained(source, part)) }
}

/**
 * What each rule of a plan, and each condition in it, was at the close of a bar. Nothing after that bar is read.
 * @param position the open position at that close; without one what depends on it is unknown
 */
export function explainRules(
  plan: Plan,
  candles: Candles,
  bar: number,
  position?: PositionValues,
): ExplainedRule[] {
  const evaluated = evaluateGraph(plan, sliceCandles(candles, 0, bar + 1), { keepsAll: true })
  const source = { plan, evaluated, bar, position }
  return plan.rules.map((rule) => ({
    path: rule.path,
    ...explained(source, rule),
    isReady: bar >= evaluated.ready,
  }))
}

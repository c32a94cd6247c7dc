import type { Candles } from '../../market-data/candles.ts'
import type { EntryOrder, Level, SideSignals, Signals } from '../signals.ts'
import { type ColumnCache, createColumnCache } from './column-cache.ts'
import { type Evaluated, evaluateGraph } from './evaluate-graph.ts'
import { firing } from './kernels/logic.ts'
import { operandsOf } from './operands.ts'
import type { BarePlan, LevelPlan, OrderPlan, PlanNode, SidePlan } from './plan.ts'
import { positionRule } from './position-rule.ts'

type Source = Evaluated & {
  graph: readonly PlanNode[]
  numbersAt(node: number): Float64Array
  maskAt(node: number): Uint8Array
}

function levelOf({ numbersAt }: Source, level: LevelPlan): Level {
  if (level.type === 'percent') return { type: 'percent', value: level.value }
  return { type: level.type, column: numbersAt(level.node) }
}

function orderOf({ numbersAt }: Source, order: OrderPlan): EntryOrder {
  if (order.type === 'market') return order
  return { type: order.type, price: numbersAt(order.node), expiresAfter: order.expiresAfter }
}

function exitOf(source: Source, node: number): SideSignals['exit'] {
  const { graph, maskAt } = source
  return graph[node]?.readsPosition === true ? positionRule(graph, source, node) : maskAt(node)
}

function sideOf(source: Source, side: SidePlan | null): SideSignals | null {
  if (side === null) return null
  return {
    entry: source.maskAt(side.entry),
    exit: side.exit === null ? null : exitOf(source, side.exit),
    order: orderOf(source, side.order),
    stopLoss: side.stopLoss === null ? null : levelOf(source, side.stopLoss),
    takeProfit: side.takeProfit.map(({ level, quantityPercent }) => ({
      level: levelOf(source, level),
      quantityPercent,
    })),
    trailingStop: side.trailingStop === null ? null : levelOf(source, side.trailingStop),
  }
}

/**
 * What a plan says at each bar of one instrument's candles, each known at the bar's close. Columns can be shared with
 * the cache and the candles: read them, and write nothing into them.
 * @param cache columns of these candles that other plans may have computed
 * @param beforeNode called before each node; it may throw to end the evaluation
 */
export function evaluatePlan(
  plan: BarePlan,
  candles: Candles,
  cache: ColumnCache = createColumnCache(candles, 0),
  beforeNode: () => void = () => {},
): Signals {
  const evaluated = evaluateGraph(plan, candles, { cache, beforeNode })
  const { frame, columns, ready } = evaluated
  const operands = operandsOf(plan.graph, columns, frame.length)
  const source: Source = {
    ...evaluated,
    graph: plan.graph,
    numbersAt: operands.allNumbers,
    maskAt: (node) => firing(operands.allTruths(node), frame.length, ready, cache.memory),
  }
  return {
    ready,
    long: sideOf(source, plan.long),
    short: sideOf(source, plan.short),
    rank: plan.rank === null ? null : operands.allNumbers(plan.rank),
  }
}

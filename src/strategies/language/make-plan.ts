import { findIndicator } from '../../indicators/catalogue.ts'
import type { RiskLimits } from '../signals.ts'
import type { Diagnostics } from './diagnostic.ts'
import { createGraph } from './graph.ts'
import { LIMITS } from './limits.ts'
import { type LookBack, lookBacks, ownSettling } from './look-back.ts'
import type { ParameterValues } from './parameter-values.ts'
import type { BarePlan, LevelPlan, OrderPlan, Plan, PlanNode, SidePlan } from './plan.ts'
import { canonicalPlan, compactPlan } from './plan-form.ts'
import { parametersOf } from './resolve-call.ts'
import { resolveExpression } from './resolve-expression.ts'
import { constantOf, promised, type Resolving } from './resolving.ts'
import { plannedRules } from './rule-parts.ts'
import type { Constant, LevelTree, Rule, SideTree, StrategyTree } from './strategy-tree.ts'
import { TRUE } from './truth.ts'

/** An expression that stands by itself in the document, and its node. */
type Root = Rule & { node: number }
type Making = Resolving & { tree: StrategyTree; roots: Root[] }

function startMaking(
  diagnostics: Diagnostics,
  tree: StrategyTree,
  values: ParameterValues,
  when: string,
): Making {
  const making: Making = {
    diagnostics,
    tree,
    values,
    when,
    graph: createGraph(),
    series: tree.series,
    known: new Map(),
    resolved: new Map(),
    budget: { operations: LIMITS.operations },
    roots: [],
    nodeOf: (place, expression) => resolveExpression(making, place, expression),
  }
  return making
}

function numberOf(making: Making, { path, expression, range }: Constant): number {
  return constantOf(making, path, expression, { range, what: 'The value' })
}

function optionalNumber(making: Making, constant: Constant | null): number | null {
  return constant === null ? null : numberOf(making, constant)
}

function ruleNode(making: Making, rule: Rule): number {
  const node = making.nodeOf({ path: rule.path, timeframe: null }, rule.expression)
  // Levels are of both sides.
  if (!making.roots.some(({ path }) => path === rule.path)) making.roots.push({ ...rule, node })
  return node
}

/** `period` and `multiple` of the average true range, as a column of distances. */
function distanceNode(making: Making, { period, multiple }: Extract<LevelTree, { type: 'atr' }>): number {
  const { graph } = making
  const atr = promised(findIndicator('atr'))
  const numbers = parametersOf(making, { path: period.path, timeframe: null }, [period.expression], atr)
  const range = graph.add({ operation: 'indicator', type: 'number', name: atr.name, numbers })
  const inputs = [range, graph.constant(numberOf(making, multiple))]
  return graph.add({ operation: 'multiply', type: 'number', inputs })
}

function levelPlan(making: Making, level: LevelTree): LevelPlan {
  switch (level.type) {
    case 'percent':
      return { type: 'percent', value: numberOf(making, level.value) }
    case 'atr':
      return { type: 'distance', node: distanceNode(making, level) }
    case 'price':
      return { type: 'price', node: ruleNode(making, level.price) }
  }
}

function orderPlan(making: Making, order: SideTree['order']): OrderPlan {
  if (order.type === 'market') return { type: 'market' }
  const expiresAfter = optionalNumber(making, order.expiresAfter)
  return { type: order.type, node: ruleNode(making, order.price), expiresAfter }
}

function sidePlan(making: Making, side: SideTree | null): SidePlan | null {
  if (side === null) return null
  const { stopLoss, takeProfit, trailingStop } = making.tree.risk
  return {
    entry: ruleNode(making, side.entry),
    exit: side.exit === null ? null : ruleNode(making, side.exit),
    order: orderPlan(making, side.order),
    stopLoss: stopLoss === null ? null : levelPlan(making, stopLoss),
    takeProfit: takeProfit.map(({ level, quantityPercent }) => ({
      level: levelPlan(making, level),
      quantityPercent: numberOf(making, quantityPercent),
    })),
    trailingStop: trailingStop === null ? null : levelPlan(making, trailingStop),
  }
}

function riskLimits(making: Making): RiskLimits {
  const { risk } = making.tree
  return {
    breakEvenAtPercent: optionalNumber(making, risk.breakEvenAtPercent),
    maxBars: optionalNumber(making, risk.maxBars),
    cooldownBars: numberOf(making, risk.cooldownBars),
    maxOpenPositions: optionalNumber(making, risk.maxOpenPositions),
    dailyLossPercent: optionalNumber(making, risk.dailyLossPercent),
    maxDrawdownPercent: optionalNumber(making, risk.maxDrawdownPercent),
  }
}

/** Tells of targets that together close more than there is, and of those that are not nearest first. */
function checkTargets({ diagnostics, when }: Making, { takeProfit }: Pick<SidePlan, 'takeProfit'>): void {
  const path = 'risk.take_profit'
  const sum = takeProfit.reduce((total, { quantityPercent }) => total + quantityPercent, 0)
  if (sum > 100) {
    diagnostics.report(
      'too_much_taken',
      { path },
      `The targets close ${sum} % of the position${when}; 100 is all.`,
    )
  }
  takeProfit.forEach(({ level }, index) => {
    const before = takeProfit[index - 1]?.level
    if (before?.type !== 'percent' || level.type !== 'percent' || level.value > before.value) return
    const message = `This target (${level.value} %) is not farther away than the one before it (${before.value} %)${when}.`
    diagnostics.report('targets_not_in_order', { path: `${path}.${index}` }, message)
  })
}

/** Tells of rules that decide nothing. */
function checkRules({ diagnostics, graph, roots, when }: Making): void {
  for (const { path, node } of roots) {
    const value = graph.valueOf(node)
    if (value === undefined || graph.nodes[node]?.type !== 'boolean') continue
    const words = value === TRUE ? 'always true' : 'never true'
    diagnostics.report('always_the_same', { path }, `This rule is ${words}${when}.`)
  }
}

/** Names the indicators that never forget where the data began. */
function remembering(graph: readonly PlanNode[]): string {
  const names = new Set(
    graph.filter((node) => ownSettling(node) === Number.POSITIVE_INFINITY).map(({ name }) => name),
  )
  const list = Array.from(names, (name) => `"${name}"`).join(' and ')
  return names.size === 1 ? `${list} remembers all of its past` : `${list} remember all of their past`
}

/** How far a plan looks back, told where that is too far. */
function checkLookBack({ diagnostics, graph, roots, tree, when }: Making): number {
  const needs = lookBacks(graph.nodes, tree.timeframe)
  for (const { path, node } of roots) {
    const { warmUp } = needs[node] as LookBack
    if (warmUp <= LIMITS.lookBack) continue
    const message = `This needs ${warmUp} bars of ${tree.timeframe} before its first value${when}; at most ${LIMITS.lookBack} are possible. Use shorter windows or a larger timeframe for the strategy.`
    diagnostics.report('look_back_too_long', { path }, message)
  }
  const settled = Math.max(0, ...needs.map((need) => need.settled))
  if (settled > LIMITS.lookBack && !diagnostics.hasErrors()) {
    const reason = Number.isFinite(settled)
      ? `Values settle only after ${settled} bars of ${tree.timeframe}${when}`
      : remembering(graph.nodes)
    const message = `${reason}; at most ${LIMITS.lookBack} bars are read before the start, so the start date can move values a little.`
    diagnostics.report('unsettled', { path: 'timeframe' }, message)
  }
  return Math.min(settled, LIMITS.lookBack)
}

function barePlan(making: Making): BarePlan {
  const { tree, graph } = making
  const long = sidePlan(making, tree.long)
  const short = sidePlan(making, tree.short)
  const rank = tree.rank === null ? null : ruleNode(making, tree.rank)
  const sizing = { type: tree.sizing.type, value: numberOf(making, tree.sizing.value) }
  const limits = riskLimits(making)
  for (const side of [long, short]) if (side !== null) checkTargets(making, side)
  checkRules(making)
  const lookBack = checkLookBack(making)
  const { timeframe } = tree
  return { timeframe, long, short, rank, sizing, limits, lookBack, graph: graph.nodes, nodes: 0 }
}

/**
 * Put the given values in the place of parameters. Every window, setting and look-back is checked at these.
 * @throws TooManyOperations
 */
export function makePlan(diagnostics: Diagnostics, tree: StrategyTree, values: ParameterValues): Plan {
  const making = startMaking(diagnostics, tree, values, '')
  const bare = barePlan(making)
  const plan = compactPlan(bare, plannedRules(making, making.roots))
  return { ...plan, name: tree.name, canonical: canonicalPlan(plan) }
}

/**
 * Check windows, settings and look-back at other values of the parameters, without a plan.
 * @param when what messages add, such as " with all parameters at their max"
 */
export function checkPlan(
  diagnostics: Diagnostics,
  tree: StrategyTree,
  values: ParameterValues,
  when: string,
): void {
  barePlan(startMaking(diagnostics, tree, values, when))
}

/** The same without what names, identifies and explains it, for many values one after another. */
export function makeBarePlan(
  diagnostics: Diagnostics,
  tree: StrategyTree,
  values: ParameterValues,
): BarePlan {
  return compactPlan(barePlan(startMaking(diagnostics, tree, values, '')), [])
}

import type { Timeframe } from '../../market-data/timeframe.ts'
import { type BinaryOperator, type Expression, type Kind, leftSpine } from './expression.ts'
import type { Graph } from './graph.ts'
import { LIMITS } from './limits.ts'
import { AVERAGES, isAverage, isCloseTime, isColumn, isPositionValue } from './names.ts'
import type { BarOperation, PlanNode } from './plan.ts'
import { resolveCall } from './resolve-call.ts'
import { constantOf, promised, type ResolvePlace, type Resolving, TooManyOperations } from './resolving.ts'
import { FALSE, TRUE } from './truth.ts'

/** What an operator computes, and whether from its operands the other way round. */
const OPERATIONS: Record<BinaryOperator, { operation: BarOperation; swaps?: true }> = {
  or: { operation: 'or' },
  and: { operation: 'and' },
  '<': { operation: 'less' },
  '<=': { operation: 'less_or_equal' },
  '>': { operation: 'less', swaps: true },
  '>=': { operation: 'less_or_equal', swaps: true },
  '==': { operation: 'equal' },
  '!=': { operation: 'not_equal' },
  '+': { operation: 'add' },
  '-': { operation: 'subtract' },
  '*': { operation: 'multiply' },
  '/': { operation: 'divide' },
}
const NUMBERS: ReadonlySet<BarOperation> = new Set(['add', 'subtract', 'multiply', 'divide'])

/**
 * Return the node of an expression whose names and types were checked.
 * @throws TooManyOperations
 */
export function resolveExpression(resolving: Resolving, place: ResolvePlace, expression: Expression): number {
  if (expression.kind === 'binary') return resolveOperations(resolving, place, expression)
  const found = nodeBefore(resolving, place, expression)
  if (found !== undefined) return found
  spend(resolving, place)
  return keep(resolving, place, expression, nodeOf(resolving, place, expression))
}

function resolveOperations(resolving: Resolving, place: ResolvePlace, expression: Kind<'binary'>): number {
  const isKnown = (part: Expression) => nodeBefore(resolving, place, part) !== undefined
  const { innermost, operations } = leftSpine(expression, isKnown)
  let node = nodeBefore(resolving, place, innermost) ?? resolveExpression(resolving, place, innermost)
  for (const operation of operations) {
    spend(resolving, place)
    node = keep(resolving, place, operation, nodeOfOperation(resolving, place, operation, node))
  }
  return node
}

/** The node of an expression that was resolved before. */
function nodeBefore(
  { resolved }: Resolving,
  { timeframe }: ResolvePlace,
  expression: Expression,
): number | undefined {
  return timeframe === null ? resolved.get(expression) : undefined
}

function spend({ budget }: Resolving, { path }: ResolvePlace): void {
  budget.operations -= 1
  if (budget.operations < 0) throw new TooManyOperations(path)
}

function keep(resolving: Resolving, place: ResolvePlace, expression: Expression, node: number): number {
  warnOfNaN(resolving, place, expression, node)
  if (place.timeframe === null) resolving.resolved.set(expression, node)
  return node
}

function nodeOfOperation(
  resolving: Resolving,
  place: ResolvePlace,
  { operator, right }: Kind<'binary'>,
  left: number,
): number {
  const { operation, swaps } = OPERATIONS[operator]
  const operands = [left, resolveExpression(resolving, place, right)]
  const inputs = swaps === true ? operands.toReversed() : operands
  const type = NUMBERS.has(operation) ? 'number' : 'boolean'
  return resolving.graph.add({ operation, type, timeframe: place.timeframe, inputs })
}

/** Whether a node is never a number, as far as constants tell it. */
function isNeverNumber(graph: Graph, node: number): boolean {
  const { operation, inputs } = graph.nodes[node] as PlanNode
  if (operation === 'divide') return graph.valueOf(inputs[1] as number) === 0
  return Number.isNaN(graph.valueOf(node))
}

/** Tells where something is never a number: at the innermost place only, since the rest follows from it. */
function warnOfNaN(
  { graph, diagnostics, when }: Resolving,
  { path }: ResolvePlace,
  expression: Expression,
  node: number,
) {
  const { kind, from, to } = expression
  const isOperation = kind === 'binary' || kind === 'call'
  if (!isOperation || !isNeverNumber(graph, node)) return
  const told = diagnostics.list.some(
    (found) =>
      found.code === 'never_a_number' &&
      found.path === path &&
      (found.from as number) >= from &&
      (found.to as number) <= to,
  )
  if (!told) diagnostics.report('never_a_number', { path, from, to }, `This is never a number${when}.`)
}

function nodeOf(
  resolving: Resolving,
  place: ResolvePlace,
  expression: Exclude<Expression, Kind<'binary'>>,
): number {
  const { graph } = resolving
  const { timeframe } = place
  const inner = (part: Expression) => resolveExpression(resolving, place, part)
  switch (expression.kind) {
    case 'number':
      return graph.constant(expression.value)
    case 'boolean':
      return graph.constant(expression.value ? TRUE : FALSE, 'boolean')
    case 'name':
      return resolveName(resolving, place, expression.name)
    case 'call':
      return resolveCall(resolving, place, expression)
    case 'negate':
      return graph.add({
        operation: 'negate',
        type: 'number',
        timeframe,
        inputs: [inner(expression.operand)],
      })
    case 'not':
      return graph.add({ operation: 'not', type: 'boolean', timeframe, inputs: [inner(expression.operand)] })
    case 'index':
      return resolveOffset(resolving, place, expression)
    case 'timeframe':
      return resolveHeld(resolving, place, expression)
  }
}

function resolveOffset(
  resolving: Resolving,
  place: ResolvePlace,
  { operand, offset }: Kind<'index'>,
): number {
  const { graph } = resolving
  const input = resolveExpression(resolving, place, operand)
  const range = { min: 0, max: LIMITS.lookBack, integer: true as const }
  const bars = constantOf(resolving, place.path, offset, { range, what: 'The number of bars' })
  const { type } = graph.nodes[input] as PlanNode
  return graph.add({
    operation: 'offset',
    type,
    timeframe: place.timeframe,
    inputs: [input],
    numbers: [bars],
  })
}

function resolveHeld(
  resolving: Resolving,
  { path }: ResolvePlace,
  { operand, timeframe }: Kind<'timeframe'>,
): number {
  const { graph } = resolving
  const larger = timeframe as Timeframe
  const input = resolveExpression(resolving, { path, timeframe: larger }, operand)
  const { type } = graph.nodes[input] as PlanNode
  return graph.add({ operation: 'held', type, inputs: [input], name: timeframe })
}

function resolveName(resolving: Resolving, place: ResolvePlace, name: string): number {
  const { known } = resolving
  const key = `${place.timeframe} ${name}`
  const found = known.get(key)
  if (found !== undefined) return found
  const node = nodeOfName(resolving, place, name)
  known.set(key, node)
  return node
}

function nodeOfName(resolving: Resolving, place: ResolvePlace, name: string): number {
  const { graph, values } = resolving
  const { timeframe } = place
  const value = values.get(name)
  if (typeof value === 'number') return graph.constant(value)
  if (typeof value === 'boolean') return graph.constant(value ? TRUE : FALSE, 'boolean')
  if (isColumn(name)) return graph.add({ operation: 'column', type: 'number', timeframe, name })
  if (isAverage(name)) return resolveAverage(resolving, place, AVERAGES[name])
  if (isCloseTime(name)) return graph.add({ operation: 'close_time', type: 'number', timeframe, name })
  if (isPositionValue(name)) return graph.add({ operation: 'position', type: 'number', name })
  return resolveSeries(resolving, place, name)
}

function resolveAverage(
  { graph }: Resolving,
  { timeframe }: ResolvePlace,
  columns: readonly string[],
): number {
  const sum = columns
    .map((name) => graph.add({ operation: 'column', type: 'number', timeframe, name }))
    .reduce((a, b) => graph.add({ operation: 'add', type: 'number', timeframe, inputs: [a, b] }))
  const inputs = [sum, graph.constant(columns.length)]
  return graph.add({ operation: 'divide', type: 'number', timeframe, inputs })
}

function resolveSeries(resolving: Resolving, { timeframe }: ResolvePlace, name: string): number {
  const { path, expression } = promised(resolving.series.get(name))
  return resolveExpression(resolving, { path, timeframe }, expression)
}

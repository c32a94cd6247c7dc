import type { Timeframe } from '../../market-data/timeframe.ts'
import type { Diagnostics } from './diagnostic.ts'
import type { Expression } from './expression.ts'
import type { Graph } from './graph.ts'
import type { ParameterValues } from './parameter-values.ts'
import type { Range, Rule } from './strategy-tree.ts'

/** What the way from trees to a plan shares. */
export type Resolving = {
  diagnostics: Diagnostics
  graph: Graph
  series: ReadonlyMap<string, Rule>
  values: ParameterValues
  /** How messages name the values: nothing for those that were given. */
  when: string
  /** Nodes of names, by timeframe and name. */
  known: Map<string, number>
  /** Nodes of the expressions on the strategy's own timeframe, so that each is resolved once. */
  resolved: Map<Expression, number>
  /** Expressions that may still be resolved. */
  budget: { operations: number }
  /** The node of an expression. */
  nodeOf(place: ResolvePlace, expression: Expression): number
}

/** Where an expression stands, and on whose bars it is computed. */
export type ResolvePlace = { path: string; timeframe: Timeframe | null }

export function rangeFault(
  value: number,
  { min, max, above = false, integer = false }: Range,
): string | undefined {
  const fits = value <= max && (above ? value > min : value >= min) && (!integer || Number.isInteger(value))
  if (fits) return undefined
  const kind = integer ? 'an integer' : 'a number'
  return above ? `must be ${kind} above ${min} and at most ${max}` : `must be ${kind} from ${min} to ${max}`
}

/** A constant of the strategy: its value, told where it is out of its range. */
export function constantOf(
  resolving: Resolving,
  path: string,
  expression: Expression,
  { range, what }: { range: Range; what: string },
): number {
  const { graph, diagnostics, when } = resolving
  const node = resolving.nodeOf({ path, timeframe: null }, expression)
  const value = promised(graph.valueOf(node))
  const fault = rangeFault(value, range)
  if (fault === undefined) return value
  const { from, to } = expression
  const message = `${what} ${fault}, but is ${Number.isNaN(value) ? 'no number' : value}${when}.`
  diagnostics.report('out_of_range', from === to ? { path } : { path, from, to }, message)
  return range.min + (range.above === true ? 1 : 0)
}

/** Thrown where a strategy needs more operations than `LIMITS.operations`. */
export class TooManyOperations extends Error {
  readonly path: string

  constructor(path: string) {
    super('the strategy needs too many operations')
    this.path = path
  }
}

/** What the check of names and types made sure of. */
export function promised<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the expression was not checked')
  return value
}

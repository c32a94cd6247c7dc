import { findIndicator } from '../../indicators/catalogue.ts'
import type { Indicator } from '../../indicators/indicator.ts'
import type { Expression, Kind } from './expression.ts'
import { FUNCTIONS, type FunctionName, isFunction, type LanguageFunction, WINDOW_RANGE } from './functions.ts'
import type { BarOperation, PlanNode } from './plan.ts'
import { constantOf, promised, type ResolvePlace, type Resolving } from './resolving.ts'

type Call = Kind<'call'>

const BAR_FUNCTIONS = {
  abs: 'absolute',
  min: 'minimum',
  max: 'maximum',
  sqrt: 'square_root',
  ln: 'logarithm',
} as const satisfies Partial<Record<FunctionName, BarOperation>>

/** The node of a call; of an indicator the given output. */
export function resolveCall(resolving: Resolving, place: ResolvePlace, call: Call): number {
  if (isFunction(call.name)) return resolveFunction(resolving, place, call.name, call)
  const indicator = promised(findIndicator(call.name))
  return resolveIndicator(resolving, place, call, indicator)
}

function windowOf(resolving: Resolving, { path }: ResolvePlace, input: Expression): number {
  return constantOf(resolving, path, input, { range: WINDOW_RANGE, what: 'The number of bars' })
}

function resolveFunction(resolving: Resolving, place: ResolvePlace, name: FunctionName, call: Call): number {
  const { timeframe } = place
  const { graph } = resolving
  const spec: LanguageFunction = FUNCTIONS[name]
  const isWindow = (index: number) => spec.inputs[index]?.kind === 'window'
  const inputs = call.inputs
    .filter((_, index) => !isWindow(index))
    .map((input) => resolving.nodeOf(place, input))
  const windows = spec.inputs.flatMap((input, index) => {
    const given = call.inputs[index]
    if (!isWindow(index)) return []
    return [given === undefined ? (input.default ?? 1) : windowOf(resolving, place, given)]
  })
  switch (name) {
    case 'crosses_above':
      return graph.add({ operation: name, type: 'boolean', timeframe, inputs })
    case 'crosses_below':
      // It is the other's crossing above.
      return graph.add({
        operation: 'crosses_above',
        type: 'boolean',
        timeframe,
        inputs: inputs.toReversed(),
      })
    case 'bars_since':
    case 'value_when':
    case 'highest':
    case 'lowest':
    case 'count':
      return graph.add({ operation: name, type: 'number', timeframe, inputs, numbers: windows })
    case 'if': {
      const { type } = graph.nodes[inputs[1] as number] as PlanNode
      return graph.add({ operation: 'choose', type, timeframe, inputs })
    }
    case 'abs':
    case 'sqrt':
    case 'ln':
      return graph.add({ operation: BAR_FUNCTIONS[name], type: 'number', timeframe, inputs })
    case 'min':
    case 'max':
      return inputs.reduce((a, b) =>
        graph.add({ operation: BAR_FUNCTIONS[name], type: 'number', timeframe, inputs: [a, b] }),
      )
  }
}

function resolveIndicator(
  resolving: Resolving,
  place: ResolvePlace,
  call: Call,
  indicator: Indicator,
): number {
  const sources = indicator.inputs.filter((input) => input === 'source').length
  const inputs = call.inputs.slice(0, sources).map((input) => resolving.nodeOf(place, input))
  const numbers = parametersOf(resolving, place, call.inputs.slice(sources), indicator)
  return resolving.graph.add({
    operation: 'indicator',
    type: 'number',
    timeframe: place.timeframe,
    inputs,
    numbers,
    name: indicator.name,
    output: Math.max(0, indicator.outputs.indexOf(String(call.output))),
  })
}

/** The parameters of an indicator, told where one of them is out of its range or they do not fit each other. */
export function parametersOf(
  resolving: Resolving,
  { path }: ResolvePlace,
  given: readonly Expression[],
  { name: indicator, parameters, fault }: Indicator,
): number[] {
  const { diagnostics, when } = resolving
  const numbers = parameters.map(({ name, kind, min, max, default: initial }, index) => {
    const input = given[index]
    if (input === undefined) return initial as number
    const range = { min, max, ...(kind === 'integer' ? { integer: true } : {}) }
    return constantOf(resolving, path, input, { range, what: `"${name}" of ${indicator}` })
  })
  const disagreement = fault?.(numbers)
  if (disagreement !== undefined) {
    // Defaults agree with each other, so something was given.
    const [first, last] = [given[0] as Expression, given.at(-1) as Expression]
    const where = { path, from: first.from, to: last.to }
    const code = when === '' ? 'parameters_disagree' : 'parameters_can_disagree'
    diagnostics.report(code, where, `${indicator}: ${disagreement.replace(/\.$/, '')}${when}.`)
  }
  return numbers
}

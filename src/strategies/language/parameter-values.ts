import type { Diagnostics } from './diagnostic.ts'
import type { Parameter, StrategyTree } from './strategy-tree.ts'
import { didYouMean } from './suggest.ts'

export type ParameterValue = number | boolean
export type ParameterValues = ReadonlyMap<string, ParameterValue>

function faultOf(parameter: Parameter, value: unknown): string | undefined {
  if (parameter.kind === 'boolean') return typeof value === 'boolean' ? undefined : 'must be true or false'
  const { min, max, integer } = parameter
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number'
  if (value < min || value > max) return `must be from ${min} to ${max}, and ${value} is not`
  return integer && !Number.isInteger(value) ? `must be an integer, and ${value} is not` : undefined
}

/** The default of each parameter, or the value that was given in its place. What does not fit is told. */
export function givenValues(
  diagnostics: Diagnostics,
  { parameters }: Pick<StrategyTree, 'parameters'>,
  given: Readonly<Record<string, unknown>>,
): ParameterValues {
  const values = new Map<string, ParameterValue>()
  for (const [name, parameter] of parameters) values.set(name, parameter.default)
  for (const [name, value] of Object.entries(given)) {
    const parameter = parameters.get(name)
    const path = `parameters.${name.slice(0, 64)}`
    if (parameter === undefined) {
      if (diagnostics.isFull()) break
      const suggestion = diagnostics.nearest(name, parameters.keys())
      const message = `The strategy has no parameter ${JSON.stringify(name.slice(0, 64))}.${didYouMean(suggestion)}`
      diagnostics.report('unknown_parameter', { path }, message, suggestion)
      continue
    }
    const fault = faultOf(parameter, value)
    if (fault !== undefined)
      diagnostics.report('wrong_parameter', { path }, `The value for "${name}" ${fault}.`)
    else if (typeof value === 'number' || typeof value === 'boolean') values.set(name, value)
  }
  return values
}

/** Every parameter at one end of its range. */
export function extremeValues(
  { parameters }: Pick<StrategyTree, 'parameters'>,
  end: 'min' | 'max',
): ParameterValues {
  const values = new Map<string, ParameterValue>()
  for (const [name, parameter] of parameters) {
    values.set(name, parameter.kind === 'boolean' ? end === 'max' : parameter[end])
  }
  return values
}

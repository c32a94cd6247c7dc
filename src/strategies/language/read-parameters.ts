import { LIMITS } from './limits.ts'
import { refuseName } from './namespace.ts'
import { below, type Fields, type Reading, readFields, reportType } from './reading.ts'
import type { Parameter } from './strategy-tree.ts'

const NUMBER_KEYS = ['default', 'min', 'max', 'step'] as const

function readBoolean(reading: Reading, path: string, value: unknown): Parameter | undefined {
  const fields = readFields(reading, path, value, { required: ['default'] })
  return { kind: 'boolean', default: fields?.default === true }
}

function numberAt(reading: Reading, path: string, fields: Fields, key: string): number {
  const value = fields[key]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value !== undefined) reportType(reading, below(path, key), 'a number', value)
  return Number.NaN
}

function rangeFault({
  min,
  max,
  step,
  ...parameter
}: Extract<Parameter, { kind: 'number' }>): string | undefined {
  if (min > max) return `"min" (${min}) is above "max" (${max}).`
  if (parameter.default < min || parameter.default > max) {
    return `"default" (${parameter.default}) is not between "min" (${min}) and "max" (${max}).`
  }
  return step <= 0 ? '"step" must be above 0.' : undefined
}

function readNumber(reading: Reading, path: string, value: unknown): Parameter | undefined {
  const fields = readFields(reading, path, value, { required: NUMBER_KEYS })
  if (fields === undefined) return undefined
  const numbers = NUMBER_KEYS.map((key) => numberAt(reading, path, fields, key))
  const [initial = 0, min = 0, max = 0, step = 1] = numbers
  if (numbers.some(Number.isNaN))
    return { kind: 'number', default: 1, min: 1, max: 1, step: 1, integer: true }
  const integer = numbers.every(Number.isInteger)
  const parameter = { kind: 'number', default: initial, min, max, step, integer } as const
  const fault = rangeFault(parameter)
  if (fault !== undefined) reading.diagnostics.report('wrong_range', { path }, fault)
  return parameter
}

function readParameter(reading: Reading, path: string, value: unknown): Parameter | undefined {
  const isBoolean =
    typeof value === 'object' && value !== null && 'default' in value && typeof value.default === 'boolean'
  return isBoolean ? readBoolean(reading, path, value) : readNumber(reading, path, value)
}

/** The parameters of a document: what may be varied without changing the strategy. */
export function readParameters(reading: Reading, value: unknown): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>()
  if (value === undefined || value === null) return parameters
  if (typeof value !== 'object' || Array.isArray(value)) {
    reportType(reading, 'parameters', 'an object of names and ranges', value)
    return parameters
  }
  const entries = Object.entries(value)
  if (entries.length > LIMITS.parameters) {
    const message = `There are ${entries.length} parameters; at most ${LIMITS.parameters} are possible.`
    reading.diagnostics.report('too_many', { path: 'parameters' }, message)
  }
  for (const [name, entry] of entries.slice(0, LIMITS.parameters)) {
    const path = below('parameters', name)
    const parameter = readParameter(reading, path, entry)
    if (!refuseName(reading, path, name) && parameter !== undefined) parameters.set(name, parameter)
  }
  return parameters
}

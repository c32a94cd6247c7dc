import { Ajv, type ErrorObject, type FormatDefinition } from 'ajv'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { TSchema } from 'typebox'
import { AppError, type FieldErrors } from '../errors.ts'
import { hasControlCharacters } from '../text.ts'
import { isUuid } from '../uuid.ts'

/** A string format of the application: the check, what to tell the field, and what to tell a person. */
export type Format = { test(text: string): boolean; problem: string; detail?: string }
export type Formats = Record<string, Format>

/** Formats that only describe answers; answers are shaped by their schema, not checked. */
const DOCUMENTED_ONLY = { 'date-time': true, uri: true } as const

const BUILT_IN: Formats = {
  text: {
    test: (text) => text.isWellFormed() && !hasControlCharacters(text),
    problem: 'must not contain control characters or unpaired surrogates',
  },
  uuid: {
    test: isUuid,
    problem: 'must be a UUID',
  },
}

/**
 * Compiles the schemas of routes. Bodies are checked as they are (a wrong type is an error); paths and query
 * strings are text by nature, so numbers and booleans in them are read first.
 */
export function validatorCompiler(formats: Formats): FastifySchemaCompiler<TSchema> {
  const definitions: Record<string, FormatDefinition<string> | true> = { ...DOCUMENTED_ONLY }
  for (const [name, { test }] of Object.entries({ ...BUILT_IN, ...formats })) {
    definitions[name] = { type: 'string', validate: test }
  }
  const options = {
    allErrors: true,
    useDefaults: true,
    strict: true,
    allowUnionTypes: true,
    formats: definitions,
  }
  const body = new Ajv({ ...options, coerceTypes: false })
  // Ajv reads "9" × 400 as infinite, and by its strict numbers holds no bound against that.
  const text = new Ajv({ ...options, coerceTypes: true, strictNumbers: false })
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema)
}

const LABELS: Record<string, string> = {
  email: 'The e-mail address',
  identifier: 'The e-mail address or username',
  body: 'The body',
  keep_current: 'The parameter keep_current',
}

function label(field: string): string {
  return LABELS[field] ?? `The ${field.replaceAll('_', ' ')}`
}

function typeNames(type: unknown): string {
  const article = (name: string) =>
    name === 'null' ? 'null' : /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`
  return String(type).split(',').map(article).join(' or ')
}

function lengthProblem(limit: unknown, bound: 'least' | 'most'): string {
  if (limit === 1 && bound === 'least') return 'must not be empty'
  return `must be at ${bound} ${limit} characters long`
}

function problem({ keyword, params }: ErrorLike, formats: Formats): string {
  switch (keyword) {
    case 'required':
      return 'is required'
    case 'type':
      return params.type === 'boolean' ? 'must be true or false' : `must be ${typeNames(params.type)}`
    case 'minLength':
      return lengthProblem(params.limit, 'least')
    case 'maxLength':
      return lengthProblem(params.limit, 'most')
    case 'minimum':
      return `must be at least ${params.limit}`
    case 'maximum':
      return `must be at most ${params.limit}`
    case 'enum':
      return `must be one of ${[params.allowedValues].flat().join(', ')}`
    case 'format':
      return formats[String(params.format)]?.problem ?? 'has the wrong form'
    case 'minItems':
      return `must have at least ${params.limit} ${params.limit === 1 ? 'entry' : 'entries'}`
    case 'maxItems':
      return `must have at most ${params.limit} entries`
    case 'additionalProperties':
      return 'is not known'
    default:
      return 'has the wrong form'
  }
}

type ErrorLike = Pick<ErrorObject | FastifySchemaValidationError, 'keyword' | 'params' | 'instancePath'>

function fieldName({ keyword, params, instancePath }: ErrorLike, part: string): string {
  const within = keyword === 'required' ? params.missingProperty : params.additionalProperty
  const path = within === undefined ? instancePath : `${instancePath}/${within}`
  return path === '' ? part : path.slice(1).replaceAll('/', '.')
}

/** Every field at fault with what is wrong with it, and one sentence that says it all. */
export function validationError(errors: readonly ErrorLike[], part: string, formats: Formats): AppError {
  const all = { ...BUILT_IN, ...formats }
  const fields: FieldErrors = {}
  const sentences: string[] = []
  for (const error of errors) {
    const field = fieldName(error, part)
    if (field in fields) continue
    fields[field] = problem(error, all)
    const detail = error.keyword === 'format' ? all[String(error.params.format)]?.detail : undefined
    sentences.push(`${label(field)} ${detail ?? fields[field]}`)
  }
  return new AppError('validation_failed', { detail: `${sentences.join('. ')}.`, fields })
}

import { Ajv, type ErrorObject } from 'ajv'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { TSchema } from 'typebox'
import { AppError } from '../errors.ts'
import { printable } from '../text.ts'
import { ajvFormats, type Formats, formatProblem, withStringFormats } from './formats.ts'

/**
 * Compiles the schemas of routes. Bodies are checked as they are (a wrong type is an error); paths, query strings and
 * headers are text by nature, so numbers and booleans in them are read first.
 */
export function validatorCompiler(formats: Formats): FastifySchemaCompiler<TSchema> {
  const options = {
    allErrors: true,
    useDefaults: true,
    strict: true,
    allowUnionTypes: true,
    formats: ajvFormats(formats),
  }
  const body = new Ajv({ ...options, coerceTypes: false })
  // Ajv reads "9" × 400 as infinite, and by its strict numbers holds no bound against that.
  const text = new Ajv({ ...options, coerceTypes: true, strictNumbers: false })
  return ({ schema, httpPart }) => (httpPart === 'body' ? body : text).compile(schema)
}

const LABELS = new Map([
  ['email', 'The e-mail address'],
  ['identifier', 'The e-mail address or username'],
  ['body', 'The body'],
  ['keep_current', 'The parameter keep_current'],
  ['idempotency-key', 'The header Idempotency-Key'],
  ['last-event-id', 'The header Last-Event-ID'],
])

function label(field: string): string {
  return LABELS.get(field) ?? `The ${field.replaceAll('_', ' ')}`
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
      return formatProblem(String(params.format), formats)
    case 'minItems':
      return `must have at least ${params.limit} ${params.limit === 1 ? 'entry' : 'entries'}`
    case 'maxItems':
    case 'maxProperties':
      return `must have at most ${params.limit} entries`
    case 'additionalProperties':
      return 'is not known'
    case 'propertyNames':
      return 'is not a valid name'
    default:
      return 'has the wrong form'
  }
}

type ErrorLike = Pick<ErrorObject | FastifySchemaValidationError, 'keyword' | 'params' | 'instancePath'> & {
  /** Set where the error is about the name of a property, and not about its value. */
  propertyName?: string
}

function fieldName({ keyword, params, instancePath }: ErrorLike, part: string): string {
  const within =
    keyword === 'required' ? params.missingProperty : (params.additionalProperty ?? params.propertyName)
  const path = within === undefined ? instancePath : `${instancePath}/${within}`
  // Keys can be the client's own words.
  return printable(path.slice(1).replaceAll('/', '.')) || part
}

/** More are of no use to a person, and a body can have thousands. */
const MOST_FIELDS = 20

/** Every field at fault with what is wrong with it, and one sentence that says it all. */
export function validationError(errors: readonly ErrorLike[], part: string, formats: Formats): AppError {
  const strings = withStringFormats(formats)
  const fields = new Map<string, string>()
  const sentences: string[] = []
  for (const error of errors) {
    if (error.propertyName !== undefined && error.keyword !== 'propertyNames') continue
    const field = fieldName(error, part)
    if (fields.has(field)) continue
    if (fields.size === MOST_FIELDS) break
    const wrong = problem(error, formats)
    fields.set(field, wrong)
    const detail = error.keyword === 'format' ? strings.get(String(error.params.format))?.detail : undefined
    sentences.push(`${label(field)} ${detail ?? wrong}`)
  }
  return new AppError('validation_failed', {
    detail: `${sentences.join('. ')}.`,
    fields: Object.fromEntries(fields),
  })
}

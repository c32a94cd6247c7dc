import { type Static, type TSchema, Type } from 'typebox'

const EXAMPLE_ID = '01a20575-fd08-7f42-b0a3-69b4f86e5c8d'
const UUID_LENGTH = 36
const MAX_KEY_LENGTH = 255

/** The id of a row, in a path, a query or a body. */
export const IdText = (description: string) =>
  Type.String({ format: 'uuid', maxLength: UUID_LENGTH, description, examples: [EXAMPLE_ID] })

/** A number that may be 0, but is never so small that calculations with it overflow. */
export const Decimal = (
  minimum: number,
  maximum: number,
  options: { description?: string; examples: number[] },
) => Type.Number({ minimum, maximum, format: 'decimal', ...options })

/** Values by name, with a bound on how many there are and on what a name looks like. */
export function ValuesByName<T extends TSchema>(value: T, maxProperties: number, options: object) {
  return Type.Unsafe<Record<string, Static<T>>>({
    type: 'object',
    additionalProperties: value,
    propertyNames: { type: 'string', minLength: 1, maxLength: 64, format: 'text' },
    maxProperties,
    ...options,
  })
}

/** Header of a request that can be repeated without a second effect. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_KEY_LENGTH,
      format: 'visible-ascii',
      description: 'Repeat a request with the same key to get the same answer, for 24 hours',
      examples: ['2f1c9a54-7d0e-4b8e-9a53-0c5d1e6f7a8b'],
    }),
  ),
})

/** Header of a client that resumes an event stream. */
export const StreamHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: MAX_KEY_LENGTH,
      format: 'text',
      description: 'The last event received; the stream starts from the beginning if no event has this id',
      examples: ['2'],
    }),
  ),
})

import { type TSchema, Type } from 'typebox'
import type { Clock } from '../clock.ts'
import { type AppError, errorMessage } from '../errors.ts'

const LocalDateTime = Type.String({
  format: 'date-time',
  description: "The server's time of the answer, UTC, with milliseconds",
  examples: ['2026-11-22T09:00:00.000Z'],
})

/** The schema of a successful answer around the schema of its data. */
export function Envelope<T extends TSchema>(data: T) {
  return Type.Object({ local_date_time: LocalDateTime, data, api_error: Type.Null() })
}

export const ErrorEnvelope = Type.Object(
  {
    local_date_time: LocalDateTime,
    data: Type.Null(),
    api_error: Type.Object({
      status_code: Type.Integer({ examples: [422] }),
      code: Type.String({
        description: 'Stable, for programs; docs/ERRORS.md lists all',
        examples: ['validation_failed'],
      }),
      message: Type.String({ examples: ['Validation Error'] }),
      errors: Type.Object(
        {
          detail: Type.String({
            description: 'One sentence for a person',
            examples: ['The e-mail address is not valid.'],
          }),
        },
        {
          additionalProperties: Type.String(),
          description: '`detail`, and beside it an entry for each field at fault',
        },
      ),
      request_id: Type.String({ examples: ['01a20575-fd08-7f42-b0a3-69b4f86e5c8d'] }),
    }),
  },
  { $id: 'Error', description: 'Every answer that is not a success' },
)

export function envelope<T>(clock: Clock, data: T) {
  return { local_date_time: clock.now().toISOString(), data, api_error: null }
}

export function errorEnvelope(clock: Clock, error: AppError, requestId: string) {
  return {
    local_date_time: clock.now().toISOString(),
    data: null,
    api_error: {
      status_code: error.status,
      code: error.code,
      message: errorMessage(error.code),
      errors: { ...error.fields, detail: error.detail },
      request_id: requestId,
    },
  }
}

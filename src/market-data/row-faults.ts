import { AppError, type FieldErrors } from '../platform/errors.ts'

/** Where a row is in what was sent: a line of a text, or a row of a table. Both count from 1. */
export type Place = { unit: 'line' | 'row'; number: number }

/** A row that cannot be taken: 422 with its place and what each of its columns did wrong. */
export function rowFault({ unit, number }: Place, problems: FieldErrors): AppError {
  const words = Object.entries(problems).map(([name, problem]) => `${name} ${problem}`)
  const place = `${unit === 'line' ? 'Line' : 'Row'} ${number}`
  return new AppError('invalid_rows', {
    detail: `${place}: ${words.join('; ')}. Nothing was stored.`,
    fields: { [unit]: String(number), ...problems },
  })
}

/** Something that is no table of rows as we know them. */
export function fileFault(detail: string, cause?: unknown): AppError {
  return new AppError('invalid_file', { detail: `${detail} Nothing was stored.`, cause })
}

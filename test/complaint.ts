import { ERROR_CODES } from '../src/platform/errors.ts'
import type { Answer } from './client.ts'
import type { LocatedOperation } from './openapi.ts'

/**
 * What is wrong with an answer to a request, whatever that was; nothing where it is as the document says, and a refusal
 * is one that a program and a person understand.
 */
export function complaint(
  { responses, path }: LocatedOperation,
  { status, error, body }: Pick<Answer, 'status' | 'error' | 'body'>,
): string | undefined {
  const declared = responses[status]
  // A path can be so wrong that it is another one.
  const isElsewhere = path.includes('{') && ['not_found', 'method_not_allowed'].includes(error?.code)
  if (declared === undefined && !isElsewhere) return 'its status is not declared'
  if (status < 300) return undefined
  if (status < 400 || status >= 500) return 'it is no refusal'
  const wrong = refusalComplaint(status, body)
  if (wrong !== undefined) return wrong
  const examples = declared?.content?.['application/json']?.examples ?? {}
  return error.code in examples || isElsewhere ? undefined : 'its code is not declared'
}

/** What is wrong with the envelope of a refusal. */
export function refusalComplaint(status: number, body: Answer['body']): string | undefined {
  const error = body?.api_error
  if (body?.data !== null || error?.status_code !== status) return 'it has no envelope'
  const known = Object.entries(ERROR_CODES).find(([code]) => code === error.code)?.[1]
  if (known?.status !== status) return 'its code is not in the catalogue'
  return /^["\p{L}\p{N}].{8,}[.?]$/su.test(error.errors.detail) ? undefined : 'it has no sentence'
}

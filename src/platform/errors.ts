import { withoutControls } from './text.ts'

/**
 * The catalogue of error codes: what a client's program reads. `docs/ERRORS.md` lists the same ones.
 * `status` is HTTP's; `detail` is the sentence for a person where the place of the error says nothing better.
 */
export const ERROR_CODES = {
  malformed_request: { status: 400, detail: 'The request could not be understood.' },
  malformed_json: { status: 400, detail: 'The body is not valid JSON.' },
  invalid_code: {
    status: 400,
    detail: 'The code is wrong, used or expired. Check it, or ask for a new one.',
  },
  invalid_token: {
    status: 400,
    detail: 'The refresh token is not valid any more. Sign in again.',
  },
  invalid_credentials: {
    status: 401,
    detail: 'The e-mail, username or password is wrong, or the account is not verified yet.',
  },
  unauthorized: { status: 401, detail: 'A valid access token is needed. Sign in, or refresh the session.' },
  csrf_rejected: {
    status: 403,
    detail: 'A request that is authenticated by a cookie must come from an allowed origin.',
  },
  wrong_password: { status: 403, detail: 'The current password is wrong.' },
  reauthentication_required: {
    status: 403,
    detail:
      'This needs a recent sign-in. Confirm your password at /api/v1/auth/reauthenticate and repeat it.',
  },
  shared_dataset: {
    status: 403,
    detail: 'This dataset is shared with everybody. Only the operator removes it.',
  },
  not_found: { status: 404, detail: 'There is nothing at this address.' },
  session_not_found: { status: 404, detail: 'There is no such session.' },
  dataset_not_found: { status: 404, detail: 'There is no such dataset.' },
  strategy_not_found: { status: 404, detail: 'There is no such strategy.' },
  version_not_found: { status: 404, detail: 'The strategy has no such version.' },
  import_not_found: { status: 404, detail: 'There is no such import.' },
  indicator_not_found: { status: 404, detail: 'There is no such indicator.' },
  backtest_not_found: { status: 404, detail: 'There is no such backtest.' },
  method_not_allowed: { status: 405, detail: 'This address does not answer that method.' },
  request_timeout: { status: 408, detail: 'The request took too long to arrive. Send it again.' },
  username_taken: { status: 409, detail: 'This username is already taken. Choose another.' },
  data_changed: {
    status: 409,
    detail: 'The data is gone: it was replaced or deleted during the request. Send the request again.',
  },
  data_conflict: { status: 409, detail: 'What was sent disagrees with what is stored.' },
  strategy_archived: {
    status: 409,
    detail: 'The strategy is archived. Restore it before you change it.',
  },
  import_cancelled: { status: 409, detail: 'The import was cancelled. Nothing more is stored.' },
  backtest_unfinished: {
    status: 409,
    detail: 'The backtest has no result: it is not finished, or it failed or was cancelled.',
  },
  engine_changed: {
    status: 409,
    detail:
      'The result was computed by another version of the engine, which this server no longer has. ' +
      'What was kept can be read, such as the equity of each day; run the backtest again for the rest.',
  },
  payload_too_large: { status: 413, detail: 'The body is larger than 100 kB.' },
  unsupported_media_type: {
    status: 415,
    detail: 'The body must be JSON, with the content type application/json.',
  },
  validation_failed: { status: 422, detail: 'The request is not valid.' },
  gap_too_long: { status: 422, detail: 'More bars are missing than are let pass.' },
  no_data: { status: 422, detail: 'There are no candles in that range.' },
  idempotency_conflict: {
    status: 422,
    detail: 'This Idempotency-Key was sent with another request in the last 24 hours. Take a new one.',
  },
  weak_password: {
    status: 422,
    detail: 'The password is too easy to guess. Choose a longer, less common one.',
  },
  invalid_file: { status: 422, detail: 'The file is no table that can be read.' },
  invalid_rows: { status: 422, detail: 'A row cannot be taken.' },
  invalid_strategy: { status: 422, detail: 'The strategy has errors.' },
  too_many_strategies: { status: 422, detail: 'You have as many strategies as you may have.' },
  too_many_versions: { status: 422, detail: 'The strategy has as many versions as it may have.' },
  storage_full: {
    status: 422,
    detail: 'Storage quota for market data reached. Delete datasets to continue.',
  },
  results_full: { status: 422, detail: 'Storage quota for backtests reached. Delete backtests to continue.' },
  strategies_full: {
    status: 422,
    detail: 'Storage quota for strategies reached. Delete a strategy permanently to continue.',
  },
  work_too_large: {
    status: 422,
    detail:
      'This needs more memory than one task may take. Use a shorter range, fewer instruments or fewer series.',
  },
  work_too_long: {
    status: 422,
    detail:
      'This took longer than one task may run. Use a shorter range, fewer instruments or simpler rules.',
  },
  host_not_allowed: {
    status: 421,
    detail:
      'This development server does not answer under that host name. Use localhost, or add the name to DEV_ALLOWED_HOSTS.',
  },
  headers_too_large: { status: 431, detail: 'The headers of the request are too large.' },
  quota_exceeded: { status: 429, detail: 'Your quota of backtests is used up.' },
  rate_limited: { status: 429, detail: 'Too many requests. Wait a while and try again.' },
  too_many_imports: { status: 429, detail: 'Too many imports at once. Wait for one to end.' },
  internal_error: { status: 500, detail: 'Something went wrong on our side. The request was not completed.' },
  overloaded: { status: 503, detail: 'The server is busy. Try again in a moment.' },
  service_unavailable: {
    status: 503,
    detail: 'The service is not available right now. Try again in a moment.',
  },
} as const satisfies Record<string, { status: number; detail: string }>

export type ErrorCode = keyof typeof ERROR_CODES

/** What a field did wrong, by its name. */
export type FieldErrors = Record<string, string>

export type AppErrorOptions = {
  /** One sentence for a person; the code's own where it is left out. */
  detail?: string
  fields?: FieldErrors
  /** Sent as `Retry-After`; 5 for a 503 where it is left out. */
  retryAfterSeconds?: number
  /** Methods for `Allow`. */
  allow?: string
  cause?: unknown
}

const UNAVAILABLE_SECONDS = 5

function printableFields(fields: FieldErrors): FieldErrors {
  return Object.fromEntries(Object.entries(fields).map((field) => field.map(withoutControls)))
}

/** A failure that a client is told of. Thrown where the fact is known, translated once, in `http/error-response.ts`. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly detail: string
  readonly fields: FieldErrors
  readonly retryAfterSeconds: number | undefined
  readonly allow: string | undefined

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const { status, detail } = ERROR_CODES[code]
    // Details can quote a request or a file.
    const sentence = withoutControls(options.detail ?? detail)
    super(sentence, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = status
    this.detail = sentence
    this.fields = printableFields(options.fields ?? {})
    this.retryAfterSeconds = options.retryAfterSeconds ?? (status === 503 ? UNAVAILABLE_SECONDS : undefined)
    this.allow = options.allow
  }
}

const MESSAGES: Record<number, string> = {
  400: 'Invalid Operation',
  401: 'Unauthorized Access',
  403: 'Forbidden',
  404: 'Resource Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Resource Already Exists',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Validation Error',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
}

/** The short `message` of the envelope: by status, but "Invalid Credentials" where a sign-in or refresh was refused. */
export function errorMessage(code: ErrorCode): string {
  if (code === 'invalid_credentials' || code === 'invalid_token') return 'Invalid Credentials'
  return MESSAGES[ERROR_CODES[code].status] ?? 'Internal Server Error'
}

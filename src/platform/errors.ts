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
  not_found: { status: 404, detail: 'There is nothing at this address.' },
  session_not_found: { status: 404, detail: 'There is no such session.' },
  method_not_allowed: { status: 405, detail: 'This address does not answer that method.' },
  request_timeout: { status: 408, detail: 'The request took too long to arrive. Send it again.' },
  username_taken: { status: 409, detail: 'This username is already taken. Choose another.' },
  payload_too_large: { status: 413, detail: 'The body is larger than 100 kB.' },
  unsupported_media_type: {
    status: 415,
    detail: 'The body must be JSON, with the content type application/json.',
  },
  validation_failed: { status: 422, detail: 'The request is not valid.' },
  weak_password: {
    status: 422,
    detail: 'The password is too easy to guess. Choose a longer, less common one.',
  },
  headers_too_large: { status: 431, detail: 'The headers of the request are too large.' },
  rate_limited: { status: 429, detail: 'Too many requests. Wait a while and try again.' },
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
    super(options.detail ?? detail, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = status
    this.detail = options.detail ?? detail
    this.fields = options.fields ?? {}
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

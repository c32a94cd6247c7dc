import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import { AppError } from '../errors.ts'

export type Multipart = {
  /** The text fields that came before the file. */
  fields: Record<string, string>
  file: AsyncIterable<Buffer>
  /** Bytes of the request so far. */
  received(): number
  /** Waits for the end of the request, once the file was read. @throws AppError where more came than the file */
  end(): Promise<void>
  /** Stops reading. */
  abandon(): void
}

export type MultipartLimits = {
  maxBytes: number
  /** For the whole request. */
  seconds: number
  /** In which at least 1 KiB must arrive. */
  idleSeconds: number
  /** From the beginning of the request to that of the file. */
  fieldSeconds: number
  /** Ends the request, with its reason. */
  signal: AbortSignal
}

const MAX_FIELDS = 20
const MAX_FIELD_BYTES = 1_024
/** Less than this is no progress: a client that sends a byte now and then would hold its connection for ever. */
const PROGRESS_BYTES = 1_024
/** Of all that comes before the file: fields, their headers, and what is neither. */
const MAX_BYTES_BEFORE_FILE = 128 * 1_024

export function tooLarge(maxBytes: number): AppError {
  const megabytes = Math.floor(maxBytes / 1024 / 1024)
  return new AppError('payload_too_large', { detail: `The upload is larger than ${megabytes} MB.` })
}

const OUT_OF_TIME = { detail: 'The upload took too long to arrive.' }
const BROKEN_OFF = { detail: 'The connection broke off before the upload was whole.' }

/**
 * Reads a form with one file, in this order: fields, file. The file is streamed; nothing is kept. The clocks start at the
 * call: make it before anything else is awaited. Resolves when the file begins.
 * @throws AppError where it is no form, is too large, or comes too slowly; so does reading the file
 */
export async function readMultipart(request: IncomingMessage, limits: MultipartLimits): Promise<Multipart> {
  const { maxBytes, seconds, idleSeconds, fieldSeconds, signal } = limits
  const form = openForm(request)
  const started = Promise.withResolvers<Multipart>()
  const ended = Promise.withResolvers<void>()
  // Nobody may wait for it any more when it fails.
  ended.promise.catch(() => {})
  const fields: Record<string, string> = {}
  let file: Readable | undefined
  let bytes = 0
  let progress = 0
  let isOver = false

  const stop = () => {
    if (isOver) return
    isOver = true
    clearTimeout(whole)
    clearTimeout(idle)
    clearTimeout(fieldsEnd)
    signal.removeEventListener('abort', cancel)
    request.unpipe(form)
  }
  const fail = (error: AppError) => {
    if (isOver) return
    stop()
    started.reject(error)
    ended.reject(error)
    file?.destroy(error)
  }
  const outOfTime = () => fail(new AppError('request_timeout', OUT_OF_TIME))
  const cancel = () => fail(cancellation(signal))
  const whole = setTimeout(outOfTime, seconds * 1_000).unref()
  const fieldsEnd = setTimeout(outOfTime, fieldSeconds * 1_000).unref()
  // A pause of ours is not the sender's.
  const idle = setTimeout(
    () => (request.isPaused() ? idle.refresh() : outOfTime()),
    idleSeconds * 1_000,
  ).unref()

  form.on('field', (name, value, _isNameCut, isCut) => {
    if (file !== undefined) fail(misplaced(name))
    else if (isCut) fail(new AppError('validation_failed', { fields: { [name]: 'is too long' } }))
    else fields[name] = value
  })
  form.on('file', (name, stream) => {
    stream.on('error', () => {})
    if (file !== undefined || name !== 'file') {
      stream.resume()
      fail(misplaced(name))
      return
    }
    file = stream
    clearTimeout(fieldsEnd)
    const end = () => ended.promise
    started.resolve({ fields, file: stream, received: () => bytes, end, abandon: stop })
  })
  form.on('fieldsLimit', () =>
    fail(new AppError('validation_failed', { detail: 'There are too many fields.' })),
  )
  form.on('error', (cause: unknown) =>
    fail(new AppError('malformed_request', { detail: 'The form is damaged.', cause })),
  )
  form.on('finish', () => {
    if (file === undefined) {
      fail(
        new AppError('validation_failed', { detail: 'There is no file.', fields: { file: 'is required' } }),
      )
    }
    stop()
    ended.resolve()
  })
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes - progress >= PROGRESS_BYTES) {
      progress = bytes
      idle.refresh()
    }
    if (bytes > maxBytes) fail(tooLarge(maxBytes))
  })
  request.once('close', () => {
    if (!request.complete) fail(new AppError('malformed_request', BROKEN_OFF))
  })
  request.pipe(form)
  // Behind the pipe, so that the form has read the chunk: one that holds the file's beginning is none of fields.
  request.on('data', () => {
    if (file === undefined && bytes > MAX_BYTES_BEFORE_FILE) fail(misplacedFile())
  })
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return started.promise
}

/** What an upload ends with that was aborted: the reason of ours, or that the client is gone. */
export function cancellation({ reason }: AbortSignal): AppError {
  return reason instanceof AppError ? reason : new AppError('malformed_request', BROKEN_OFF)
}

function misplacedFile(): AppError {
  const kilobytes = MAX_BYTES_BEFORE_FILE / 1_024
  return new AppError('validation_failed', {
    detail: `The file does not begin within the first ${kilobytes} kB of the form.`,
    fields: { file: 'is required' },
  })
}

function misplaced(name: string): AppError {
  return new AppError('validation_failed', {
    detail: `The form ends with one file, named "file"; ${name} has no place behind or beside it.`,
    fields: { [name]: 'must come before the file' },
  })
}

function openForm(request: IncomingMessage) {
  try {
    const headers = { ...request.headers, 'content-type': String(request.headers['content-type']) }
    return new Busboy({
      headers,
      limits: { fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, fieldNameSize: 100 },
    })
  } catch (cause) {
    throw new AppError('malformed_request', { detail: 'The form has no boundary.', cause })
  }
}

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
  /** Without a byte. */
  idleSeconds: number
}

const MAX_FIELDS = 20
const MAX_FIELD_BYTES = 1_024

export function tooLarge(maxBytes: number): AppError {
  const megabytes = Math.floor(maxBytes / 1024 / 1024)
  return new AppError('payload_too_large', { detail: `The upload is larger than ${megabytes} MB.` })
}

const OUT_OF_TIME = { detail: 'The upload took too long to arrive.' }
const BROKEN_OFF = { detail: 'The connection broke off before the upload was whole.' }

/**
 * Reads a form with one file, in this order: fields, file. The file is streamed; nothing is kept.
 * Resolves when the file begins.
 * @throws AppError where it is no form, is too large, or comes too slowly; so does reading the file
 */
export async function readMultipart(request: IncomingMessage, limits: MultipartLimits): Promise<Multipart> {
  const { maxBytes, seconds, idleSeconds } = limits
  const form = openForm(request)
  const started = Promise.withResolvers<Multipart>()
  const ended = Promise.withResolvers<void>()
  // Nobody may wait for it any more when it fails.
  ended.promise.catch(() => {})
  const fields: Record<string, string> = {}
  let file: Readable | undefined
  let bytes = 0
  let isOver = false

  const stop = () => {
    if (isOver) return
    isOver = true
    clearTimeout(whole)
    clearTimeout(idle)
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
  const whole = setTimeout(outOfTime, seconds * 1_000).unref()
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
    idle.refresh()
    if (bytes > maxBytes) fail(tooLarge(maxBytes))
  })
  request.once('close', () => {
    if (!request.complete) fail(new AppError('malformed_request', BROKEN_OFF))
  })
  request.pipe(form)
  return started.promise
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

import type { Worker } from 'node:worker_threads'
import { memoryOf, privateCopy } from '../numerics/memory-views.ts'
import { AppError } from '../platform/errors.ts'
import type { ParsedChunk, ParsedRows, ParseTask } from './parse-upload.ts'
import type { FromParser, SentChunk, ToParser } from './parser-messages.ts'
import { fileFault } from './row-faults.ts'
import type { HeldMemory } from './upload-budget.ts'

export type ParserHandlers = {
  /** Stores a chunk. */
  onChunk(chunk: ParsedChunk): Promise<void>
  /** Called before each piece with the rows so far; it may throw to end it all. */
  onProgress(rows: number): Promise<void>
}

export type Supervision = { task: ParseTask; memory: HeldMemory; silenceMs: number }

function outOfTime(): AppError {
  return fileFault('The file took too long to parse. Write smaller batches, or plain CSV.')
}

/** A thread that ends by itself has run out of memory, or has a fault of ours. */
function crash(error: Error): Error {
  const isFull = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return isFull ? fileFault('The file needs too much memory to parse. Send it in parts.', error) : error
}

/** One upload's conversation with its thread. */
class Conversation {
  readonly #worker: Worker
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #silenceMs: number
  readonly #handlers: ParserHandlers
  readonly #result = Promise.withResolvers<ParsedRows>()
  /** Read ahead while the thread works on the piece before. */
  #upcoming: Promise<IteratorResult<Uint8Array>>
  #silence: NodeJS.Timeout | undefined
  /** Whether the thread has what it asked for last. */
  #isFed = true
  #storing = 0
  /** The chunk that is being stored, or was last. */
  #stored: Promise<void> = Promise.resolve()
  #isOver = false

  constructor(
    worker: Worker,
    source: AsyncIterable<Uint8Array>,
    silenceMs: number,
    handlers: ParserHandlers,
  ) {
    this.#worker = worker
    this.#pieces = source[Symbol.asyncIterator]()
    this.#silenceMs = silenceMs
    this.#handlers = handlers
    this.#upcoming = this.#readAhead()
  }

  async hold(task: ParseTask, memory: HeldMemory): Promise<ParsedRows> {
    const worker = this.#worker
    const hear = (message: FromParser) => this.#hear(message).catch(this.#result.reject)
    worker.on('message', hear)
    worker.once('error', (error: Error) => this.#result.reject(crash(error)))
    worker.once('exit', () => this.#result.reject(new Error('The parser thread ended before its upload.')))
    try {
      this.#send({ kind: 'start', task, memory })
      return await this.#result.promise
    } finally {
      this.#isOver = true
      clearTimeout(this.#silence)
      worker.off('message', hear)
      // The caller removes what is staged when this fails: nothing may be staged after that.
      await this.#stored.catch(() => {})
    }
  }

  #readAhead(): Promise<IteratorResult<Uint8Array>> {
    const upcoming = this.#pieces.next()
    // It is awaited later; until then it must not count as unhandled.
    upcoming.catch(() => {})
    return upcoming
  }

  #send(message: ToParser, memory: ArrayBuffer[] = []): void {
    if (this.#isOver) return
    this.#worker.postMessage(message, memory)
    this.#watch()
  }

  /** Measure the time from now on, unless the thread waits for a piece or for a chunk to be stored. */
  #watch(): void {
    clearTimeout(this.#silence)
    if (this.#isOver || !this.#isFed || this.#storing > 0) return
    this.#silence = setTimeout(() => this.#result.reject(outOfTime()), this.#silenceMs)
  }

  async #hear(message: FromParser): Promise<void> {
    if (message.kind === 'next') this.#isFed = false
    if (message.kind === 'chunk') this.#storing++
    this.#watch()
    if (message.kind === 'next') await this.#feed(message.rows)
    else if (message.kind === 'chunk') await this.#store(message.chunk)
    else if (message.kind === 'done') this.#result.resolve(message.parsed)
    else this.#result.reject(new AppError(message.fault.code, faultOptions(message.fault)))
  }

  async #feed(rows: number): Promise<void> {
    await this.#handlers.onProgress(rows)
    const { done, value } = await this.#upcoming
    this.#isFed = true
    if (done === true) {
      this.#send({ kind: 'end' })
      return
    }
    const bytes = privateCopy(value)
    this.#send({ kind: 'piece', bytes }, memoryOf([bytes]))
    this.#upcoming = this.#readAhead()
  }

  async #store({ facts, hash, data, periodStart }: SentChunk): Promise<void> {
    const chunk = { facts: { ...facts, hash: Buffer.from(hash) }, data: Buffer.from(data), periodStart }
    this.#stored = this.#handlers.onChunk(chunk)
    await this.#stored
    this.#storing--
    this.#send({ kind: 'stored' })
  }
}

function faultOptions({
  detail,
  fields,
  retryAfterSeconds,
}: Extract<FromParser, { kind: 'fault' }>['fault']) {
  return { detail, fields, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
}

/**
 * Pass a file to a thread piece by piece, and its chunks on. The thread is ended when anything fails, or when it works on
 * a piece for too long.
 * @throws AppError, and what the source or the handlers throw
 */
export async function superviseParser(
  worker: Worker,
  source: AsyncIterable<Uint8Array>,
  { task, memory, silenceMs }: Supervision,
  handlers: ParserHandlers,
): Promise<ParsedRows> {
  try {
    return await new Conversation(worker, source, silenceMs, handlers).hold(task, memory)
  } catch (error) {
    void worker.terminate()
    throw error
  }
}

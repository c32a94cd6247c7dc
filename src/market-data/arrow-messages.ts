import { dataViewOf } from '../numerics/memory-views.ts'
import { ALIGNMENT, aligned, CONTINUATION } from './arrow-format.ts'
import { type MessageFacts, readMessage } from './arrow-metadata.ts'
import { ByteQueue } from './byte-queue.ts'
import { fileFault } from './row-faults.ts'
import type { UploadBudget } from './upload-budget.ts'

/** Rows are read one message at a time, so this bounds the memory. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024
/** 1,024 columns with names of 255 bytes take half of this. */
const MAX_DESCRIPTION_BYTES = 1024 * 1024
const PREFIX_BYTES = 8

export type ArrowMessage = { header: MessageFacts['header']; body: Uint8Array }

export function damaged(cause?: unknown) {
  return fileFault('The Arrow data is damaged.', cause)
}

export function tooLarge() {
  return fileFault('A batch is larger than 64 MB. Write batches of 500,000 rows at most.')
}

/** polars writes files whose schema can only be found from the end. */
function notStreamed() {
  return fileFault('The Arrow file cannot be read from its start. Write a stream (polars: write_ipc_stream).')
}

/** Cuts an Arrow IPC stream into messages, each in memory of its own. */
export class ArrowMessages {
  readonly #queue = new ByteQueue()
  readonly #budget: UploadBudget
  #described: MessageFacts | undefined
  #descriptionLength = 0
  #isFirst = true
  #isEnd = false

  constructor(budget: UploadBudget, skippedBytes: number) {
    this.#budget = budget
    this.#queue.skip(skippedBytes)
  }

  push(piece: Uint8Array): void {
    if (this.#isEnd) return
    this.#budget.hold(this.#queue.push(piece))
  }

  /** Take the next message; undefined where it has not come yet. @throws AppError, RangeError where it is damaged */
  next(): ArrowMessage | undefined {
    if (this.#isEnd) return undefined
    if (this.#descriptionLength === 0 && !this.#readPrefix()) return undefined
    this.#described ??= this.#readDescription()
    if (this.#described === undefined) return undefined
    const { header, bodyLength } = this.#described
    if (header.kind === 'dictionary') this.#budget.release(this.#queue.skip(bodyLength))
    const body = header.kind === 'dictionary' ? new Uint8Array(0) : this.#take(bodyLength)
    if (body === undefined) return undefined
    this.#described = undefined
    this.#descriptionLength = 0
    return { header, body }
  }

  /** Count the memory of a body as free. */
  release(body: Uint8Array): void {
    this.#budget.release(body.length)
  }

  /** @throws AppError where a message was cut off */
  end(): void {
    if (!this.#isEnd && (this.#queue.length > 0 || this.#descriptionLength > 0))
      throw fileFault('The Arrow data is cut off.')
  }

  /** Move bytes into memory of their own. While they are copied they are there twice. */
  #take(bytes: number): Uint8Array | undefined {
    if (bytes > this.#queue.length) return undefined
    this.#budget.hold(bytes)
    const taken = this.#queue.take(bytes)
    this.#budget.release(bytes)
    return taken
  }

  #readPrefix(): boolean {
    const prefix = this.#take(PREFIX_BYTES)
    if (prefix === undefined) return false
    this.release(prefix)
    const view = dataViewOf(prefix)
    if (view.getUint32(0, true) !== CONTINUATION) throw this.#isFirst ? notStreamed() : damaged()
    const length = view.getUint32(4, true)
    this.#isEnd = length === 0
    if (length > MAX_DESCRIPTION_BYTES) throw damaged()
    this.#budget.countMessage()
    this.#isFirst = false
    this.#descriptionLength = aligned(length, ALIGNMENT)
    return !this.#isEnd
  }

  #readDescription(): MessageFacts | undefined {
    const bytes = this.#take(this.#descriptionLength)
    if (bytes === undefined) return undefined
    this.release(bytes)
    const described = readMessage(bytes)
    if (!(described.bodyLength >= 0)) throw damaged()
    if (described.bodyLength > MAX_BODY_BYTES) throw tooLarge()
    return described
  }
}

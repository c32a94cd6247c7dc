import { AppError } from '../platform/errors.ts'
import { fileFault } from './row-faults.ts'

const KILOBYTE = 1024
const MEGABYTE = 1024 * KILOBYTE

/** Tables of prices shrink to a fifth; a file that shrinks further than this was made to fill memory. */
export const MAX_RATIO = 200
/** Every file may unpack to this much. */
const FREE_UNPACKED_BYTES = MEGABYTE
/** Memory for the packed, copied and unpacked bytes of one upload at one time. */
export const MAX_HELD_BYTES = 160 * MEGABYTE
/** Lines, messages and batches without a row. */
export const MAX_EMPTY_PARTS = 10_000
/** A message of few rows takes about 1 kB as it is sent, compressed ones a quarter. */
const BYTES_PER_MESSAGE = 256

/** Memory that all uploads of a process hold, in KiB: one number for each of them. */
export type HeldMemory = { held: Int32Array; slot: number; maxKilobytes: number }

/** What an upload may turn into, in sum over the whole file and all layers of compression. */
export class UploadBudget {
  readonly #maxUnpackedBytes: number
  readonly #memory: HeldMemory | undefined
  #received = 0
  #unpacked = 0
  #held = 0
  #messages = 0
  #emptyParts = 0

  constructor(maxUnpackedBytes: number, memory?: HeldMemory) {
    this.#maxUnpackedBytes = maxUnpackedBytes
    this.#memory = memory
  }

  /** Count bytes of the file as it was sent. */
  receive(bytes: number): void {
    this.#received += bytes
  }

  /** Count bytes that were unpacked, or are about to be. @throws AppError `payload_too_large` */
  unpack(bytes: number): void {
    this.#unpacked += bytes
    if (this.#unpacked > this.#maxUnpackedBytes) {
      const megabytes = Math.floor(this.#maxUnpackedBytes / MEGABYTE)
      throw new AppError('payload_too_large', { detail: `The file unpacks to more than ${megabytes} MB.` })
    }
    if (this.#unpacked > Math.max(FREE_UNPACKED_BYTES, this.#received * MAX_RATIO)) {
      const detail = `The file unpacks to more than ${MAX_RATIO} times its size. Send it unpacked.`
      throw new AppError('payload_too_large', { detail })
    }
  }

  /** Count a message of a binary format. @throws AppError `invalid_file` */
  countMessage(): void {
    this.#messages++
    if (this.#messages > MAX_EMPTY_PARTS + this.#received / BYTES_PER_MESSAGE)
      throw fileFault('The file has too many small batches. Write batches of 1,000 rows or more.')
  }

  /** Count a line, message or batch without a row. @throws AppError `invalid_file` */
  countEmptyPart(): void {
    this.#emptyParts++
    if (this.#emptyParts > MAX_EMPTY_PARTS)
      throw fileFault(`The file has more than ${MAX_EMPTY_PARTS} empty lines or batches. Remove them.`)
  }

  /** Memory that the upload takes now. */
  get held(): number {
    return this.#held
  }

  /** Count memory before it is allocated. @throws AppError `invalid_file`, `overloaded` */
  hold(bytes: number): void {
    this.#held += bytes
    if (this.#held > MAX_HELD_BYTES)
      throw fileFault('A batch needs too much memory. Write batches of 500,000 rows at most.')
    const memory = this.#memory
    if (memory === undefined) return
    Atomics.store(memory.held, memory.slot, Math.ceil(this.#held / KILOBYTE))
    const total = memory.held.reduce((sum, kilobytes) => sum + kilobytes, 0)
    if (total > memory.maxKilobytes)
      throw new AppError('overloaded', {
        detail: 'Other uploads are using the available memory. Send the file again later.',
      })
  }

  /** Count memory that is no longer referred to. */
  release(bytes: number): void {
    this.#held -= bytes
    const memory = this.#memory
    if (memory !== undefined) Atomics.store(memory.held, memory.slot, Math.ceil(this.#held / KILOBYTE))
  }
}

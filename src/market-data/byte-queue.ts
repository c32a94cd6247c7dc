const BLOCK_BYTES = 64 * 1024

/** Bytes that come in pieces of any size, to be taken out in pieces of another. Tiny pieces cost no more than large ones. */
export class ByteQueue {
  #blocks: Uint8Array[] = []
  /** Where the bytes begin in the first block. */
  #start = 0
  #length = 0
  /** Bytes still to come that nobody wants. */
  #unwanted = 0

  get length(): number {
    return this.#length
  }

  /** @returns how many of the bytes are kept */
  push(piece: Uint8Array): number {
    const dropped = Math.min(this.#unwanted, piece.length)
    this.#unwanted -= dropped
    for (let at = dropped; at < piece.length; ) {
      const filled = (this.#start + this.#length) % BLOCK_BYTES
      if (this.#start + this.#length === this.#blocks.length * BLOCK_BYTES)
        this.#blocks.push(new Uint8Array(BLOCK_BYTES))
      const part = piece.subarray(at, at + BLOCK_BYTES - filled)
      this.#blocks.at(-1)?.set(part, filled)
      this.#length += part.length
      at += part.length
    }
    return piece.length - dropped
  }

  /** Take bytes out, into memory of exactly their size; undefined where fewer have come. */
  take(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    if (bytes > this.#length) return undefined
    const taken = new Uint8Array(bytes)
    for (let filled = 0; filled < bytes; ) {
      const at = this.#start + filled
      const block = this.#blocks[Math.floor(at / BLOCK_BYTES)] as Uint8Array
      const part = block.subarray(at % BLOCK_BYTES, (at % BLOCK_BYTES) + bytes - filled)
      taken.set(part, filled)
      filled += part.length
    }
    this.#drop(bytes)
    return taken
  }

  /** Drop bytes, also those that are still to come. @returns how many of them were kept until now */
  skip(bytes: number): number {
    const here = Math.min(bytes, this.#length)
    this.#drop(here)
    this.#unwanted += bytes - here
    return here
  }

  #drop(bytes: number): void {
    this.#start += bytes
    this.#length -= bytes
    this.#blocks.splice(0, Math.floor(this.#start / BLOCK_BYTES))
    this.#start %= BLOCK_BYTES
  }
}

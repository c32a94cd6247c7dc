/*
 * The only place where one view of memory is made from another. A Buffer is often a part of a pool that it shares with
 * passwords and tokens, so a view that forgets its offset or its length shows memory of others.
 */

/** View the bytes of an array or Buffer: exactly these, in the same memory. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** View the bytes of an array or Buffer for reading and writing numbers of any width. */
export function dataViewOf({ buffer, byteOffset, byteLength }: ArrayBufferView): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** View whole 32-bit words. @throws RangeError where the bytes are not aligned to them */
export function wordsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength >>> 2)
}

/** The same for signed words. @throws RangeError where the bytes are not aligned to them */
export function signedWordsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength >>> 2)
}

/** View whole doubles. @throws RangeError where the bytes are not aligned to them */
export function doublesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Float64Array {
  return new Float64Array(buffer, byteOffset, byteLength >>> 3)
}

/** Copy bytes into memory of their own, which can be handed to another thread. */
export function privateCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

/** List the memory of arrays that own theirs, to hand it to another thread. */
export function memoryOf<Memory extends ArrayBufferLike>(arrays: readonly { buffer: Memory }[]): Memory[] {
  return arrays.map(({ buffer }) => buffer)
}

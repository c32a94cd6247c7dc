/**
 * The parts of Apache Arrow's columnar format, version 1.5, that writing tables of numbers needs. Numbers are those of
 * its `Message.fbs` and `Schema.fbs`.
 */
export const HEADER_SCHEMA = 1
export const HEADER_RECORD_BATCH = 3
export const METADATA_V5 = 4

/** `Type`, the union of what a field can be. */
export const TYPE = { integer: 2, floatingPoint: 3, utf8: 5, boolean: 6, timestamp: 10 } as const

export const DOUBLE = 2
export const MILLISECOND = 1
/** In front of each message. */
export const CONTINUATION = 0xffffffff
/** Of everything in a message. */
export const ALIGNMENT = 8

export function aligned(length: number, alignment: number = ALIGNMENT): number {
  return Math.ceil(length / alignment) * alignment
}

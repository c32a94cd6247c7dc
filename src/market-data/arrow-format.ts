/**
 * The parts of Apache Arrow's columnar format, version 1.5, that tables of numbers need. Numbers are those of its
 * `Message.fbs` and `Schema.fbs`.
 */
export const MESSAGE = { version: 0, headerType: 1, header: 2, bodyLength: 3 } as const
export const HEADER_SCHEMA = 1
export const HEADER_DICTIONARY = 2
export const HEADER_RECORD_BATCH = 3
export const METADATA_V5 = 4
export const SCHEMA = { fields: 1, metadata: 2 } as const
export const FIELD = { name: 0, nullable: 1, typeKind: 2, type: 3, dictionary: 4, children: 5 } as const
export const RECORD_BATCH = { length: 0, nodes: 1, buffers: 2, compression: 3 } as const
export const CODEC_ZSTD = 1

/** `Type`, the union of what a field can be. */
export const TYPE = {
  null: 1,
  integer: 2,
  floatingPoint: 3,
  binary: 4,
  utf8: 5,
  boolean: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  fixedSizeBinary: 15,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
} as const

export const DOUBLE = 2
export const SINGLE = 1
export const MILLISECOND = 1
/** In front of each message. */
export const CONTINUATION = 0xffffffff
/** Of everything in a message. */
export const ALIGNMENT = 8

export function aligned(length: number, alignment: number = ALIGNMENT): number {
  return Math.ceil(length / alignment) * alignment
}

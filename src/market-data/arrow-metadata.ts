import { Message } from 'apache-arrow/fb/message'
import { MessageHeader } from 'apache-arrow/fb/message-header'
import { RecordBatch } from 'apache-arrow/fb/record-batch'
import { Schema } from 'apache-arrow/fb/schema'
import { ByteBuffer, type Encoding } from 'flatbuffers'
import { MAX_NAME_BYTES } from './column-names.ts'
import { fileFault } from './row-faults.ts'

/**
 * The bytes that describe a message, for the official flatbuffers runtime. The runtime trusts offsets and reads beyond
 * the end as zeros; this class throws a RangeError there.
 */
export class BoundedBytes extends ByteBuffer {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super(bytes)
    this.#bytes = bytes
  }

  #check(offset: number, length: number): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.#bytes.length))
      throw new RangeError('A field is outside its message.')
  }

  override readUint8(offset: number): number {
    this.#check(offset, 1)
    return super.readUint8(offset)
  }

  override readUint16(offset: number): number {
    this.#check(offset, 2)
    return super.readUint16(offset)
  }

  override readInt32(offset: number): number {
    this.#check(offset, 4)
    return super.readInt32(offset)
  }

  override __vector_len(offset: number): number {
    const length = super.__vector_len(offset)
    this.#check(this.__vector(offset), length)
    return length
  }

  override __string(offset: number, encoding?: Encoding): string | Uint8Array {
    const start = this.__vector(offset)
    const length = this.readInt32(start - 4)
    this.#check(start, length)
    if (length > MAX_NAME_BYTES) throw fileFault(`A column name is longer than ${MAX_NAME_BYTES} bytes.`)
    return super.__string(offset, encoding)
  }
}

/** What a message holds, and how many bytes of body follow its description. */
export type MessageFacts = {
  header: { kind: 'schema'; schema: Schema } | { kind: 'batch'; batch: RecordBatch } | { kind: 'dictionary' }
  bodyLength: number
}

function headerOf(message: Message): MessageFacts['header'] | undefined {
  const kind = message.headerType()
  if (kind === MessageHeader.DictionaryBatch) return { kind: 'dictionary' }
  if (kind === MessageHeader.Schema) {
    const schema: Schema | null = message.header(new Schema())
    return schema === null ? undefined : { kind: 'schema', schema }
  }
  if (kind === MessageHeader.RecordBatch) {
    const batch: RecordBatch | null = message.header(new RecordBatch())
    return batch === null ? undefined : { kind: 'batch', batch }
  }
  return undefined
}

/**
 * Read the description of an Arrow IPC message.
 * @param bytes memory of exactly its size
 * @throws RangeError where it is damaged
 */
export function readMessage(bytes: Uint8Array): MessageFacts {
  const message = Message.getRootAsMessage(new BoundedBytes(bytes))
  const header = headerOf(message)
  if (header === undefined) throw fileFault('The Arrow data has a message of an unknown kind.')
  return { header, bodyLength: Number(message.bodyLength()) }
}

import { type MessagePort, parentPort } from 'node:worker_threads'
import { memoryOf, privateCopy } from '../numerics/memory-views.ts'
import { AppError } from '../platform/errors.ts'
import { type ParsedChunk, type ParseTask, parseUpload } from './parse-upload.ts'
import type { FromParser, ToParser } from './parser-messages.ts'
import { type HeldMemory, UploadBudget } from './upload-budget.ts'

/*
 * Parses one upload in a thread of its own. Whatever a file makes a parser do, this memory holds that file alone, and the
 * server can end the thread.
 */

const port = parentPort as MessagePort
let deliver: (bytes: Uint8Array | undefined) => void = () => {}
let confirm: () => void = () => {}
let rows = 0

function post(message: FromParser, memory: ArrayBuffer[] = []): void {
  port.postMessage(message, memory)
}

async function* pieces(budget: UploadBudget): AsyncGenerator<Buffer> {
  for (;;) {
    const piece = Promise.withResolvers<Uint8Array | undefined>()
    deliver = piece.resolve
    post({ kind: 'next', rows })
    const bytes = await piece.promise
    if (bytes === undefined) return
    budget.receive(bytes.length)
    yield Buffer.from(bytes)
  }
}

async function send({ facts: { hash, ...facts }, data, periodStart }: ParsedChunk): Promise<void> {
  const stored = Promise.withResolvers<void>()
  confirm = stored.resolve
  const chunk = { facts, periodStart, hash: privateCopy(hash), data: privateCopy(data) }
  post({ kind: 'chunk', chunk }, memoryOf([chunk.hash, chunk.data]))
  await stored.promise
}

async function parse(task: ParseTask, memory: HeldMemory): Promise<void> {
  const budget = new UploadBudget(task.maxUnpackedBytes, memory)
  const onRows = (count: number) => {
    rows = count
  }
  try {
    const parsed = await parseUpload(pieces(budget), task, budget, { onChunk: send, onRows })
    post({ kind: 'done', parsed })
  } catch (error) {
    // A fault of ours ends the thread, which reports it.
    if (!(error instanceof AppError)) throw error
    const { code, detail, fields, retryAfterSeconds } = error
    post({ kind: 'fault', fault: { code, detail, fields, retryAfterSeconds } })
  }
  port.close()
}

port.on('message', (message: ToParser) => {
  if (message.kind === 'start') void parse(message.task, message.memory)
  else if (message.kind === 'piece') deliver(message.bytes)
  else if (message.kind === 'end') deliver(undefined)
  else confirm()
})

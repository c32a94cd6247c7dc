import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../platform/errors.ts'
import type { ParsedRows, ParseTask } from './parse-upload.ts'
import { ParserTurns, type Turn, type TurnLimits } from './parser-turns.ts'
import { type ParserHandlers, superviseParser } from './supervise-parser.ts'

/** Parses uploads outside the memory of the server, each in a thread of its own. */
export type ParserThreads = {
  /**
   * Parse a file as it arrives.
   * @throws AppError `invalid_file`, `invalid_rows`, `payload_too_large`, `overloaded`, and what the source or the handlers throw
   */
  parse(
    userId: string,
    source: AsyncIterable<Uint8Array>,
    task: ParseTask,
    handlers: ParserHandlers,
  ): Promise<ParsedRows>
  close(): Promise<void>
}

export type ParserLimits = TurnLimits & {
  /** How long a parser may work on what it has without an answer. */
  silenceMs: number
  /** Memory for the packed and unpacked bytes of all uploads at one time, in KiB. */
  maxKilobytes: number
}

const LIMITS: ParserLimits = {
  turns: 8,
  turnsPerUser: 2,
  waitMs: 10_000,
  silenceMs: 30_000,
  maxKilobytes: 320 * 1_024,
}

/** JavaScript objects of one parser. A chunk's columns and a batch are outside of this heap, in counted memory. */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 }
/** A parser that stands by takes 12 to 24 MB; starting one takes about 100 ms. */
const STAND_BY_MS = 60_000
/** A thread sees no secret of the environment. */
const SHARED_SETTINGS = ['NODE_COMPILE_CACHE', 'NODE_V8_COVERAGE']

function startThread(): Worker {
  const values = SHARED_SETTINGS.map((name) => [name, process.env[name]])
  // A value that is not set would become the text "undefined".
  const env = Object.fromEntries(values.filter(([, value]) => value !== undefined))
  return new Worker(join(import.meta.dirname, 'parser-thread.ts'), { env, resourceLimits: HEAP })
}

export function openParserThreads(limits: ParserLimits = LIMITS): ParserThreads {
  const turns = new ParserTurns(limits)
  const held = new Int32Array(new SharedArrayBuffer(limits.turns * Int32Array.BYTES_PER_ELEMENT))
  const running = new Map<Worker, Promise<void>>()
  /** A thread that no upload has used. */
  let standBy: Worker | undefined
  let standByEnd: NodeJS.Timeout | undefined
  let isClosed = false

  const dropStandBy = () => {
    clearTimeout(standByEnd)
    const worker = standBy
    standBy = undefined
    return worker
  }
  const prepareStandBy = () => {
    if (isClosed || standBy !== undefined) return
    const worker = startThread()
    worker.unref()
    worker.once('error', () => {})
    worker.once('exit', () => {
      if (standBy === worker) dropStandBy()
    })
    standBy = worker
    standByEnd = setTimeout(() => void dropStandBy()?.terminate(), STAND_BY_MS).unref()
  }

  /** Wait until the thread is gone; then its turn and memory are free. */
  const retire = async (worker: Worker, turn: Turn) => {
    await new Promise((resolve) => worker.once('exit', resolve))
    running.delete(worker)
    Atomics.store(held, turn.slot, 0)
    turn.end()
    prepareStandBy()
  }

  return {
    async parse(userId, source, task, handlers) {
      const turn = await turns.take(userId)
      if (isClosed) {
        turn.end()
        throw new AppError('overloaded', {
          detail: 'The server is restarting. Send the file again in a moment.',
        })
      }
      const worker = dropStandBy() ?? startThread()
      running.set(worker, retire(worker, turn))
      worker.ref()
      const memory = { held, slot: turn.slot, maxKilobytes: limits.maxKilobytes }
      return superviseParser(worker, source, { task, memory, silenceMs: limits.silenceMs }, handlers)
    },
    async close() {
      isClosed = true
      await Promise.all([...running.keys(), dropStandBy()].map((worker) => worker?.terminate()))
      await Promise.all(running.values())
    },
  }
}

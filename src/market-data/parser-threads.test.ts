import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { milliseconds, prices, streamOf } from '../../test/arrow-files.ts'
import { candleLines, csv, START } from '../../test/market.ts'
import { until } from '../../test/until.ts'
import { AppError } from '../platform/errors.ts'
import type { ParsedChunk } from './parse-upload.ts'
import { openParserThreads, type ParserLimits, type ParserThreads } from './parser-threads.ts'
import { superviseParser } from './supervise-parser.ts'

const LIMITS: ParserLimits = {
  turns: 2,
  turnsPerUser: 1,
  waitMs: 60_000,
  silenceMs: 60_000,
  maxKilobytes: 100_000,
}
const TASK = { series: '1m', now: START + 10 * 365 * 86_400_000, maxUnpackedBytes: 2 ** 30 } as const
const IGNORED = { onChunk: async () => {}, onProgress: async () => {} }
const MEMORY = { held: new Int32Array(new SharedArrayBuffer(4)), slot: 0, maxKilobytes: 1_000 }

const opened: ParserThreads[] = []
function open(changes: Partial<ParserLimits> = {}): ParserThreads {
  const parsers = openParserThreads({ ...LIMITS, ...changes })
  opened.push(parsers)
  return parsers
}
after(() => Promise.all(opened.map((parsers) => parsers.close())))

async function* piecesOf(bytes: Uint8Array, size = 10_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size))
}

const FILE = Buffer.from(csv(candleLines(100_000)))

/** A file of which nothing comes until it is let go. */
function held() {
  const gate = Promise.withResolvers<void>()
  async function* source() {
    await gate.promise
    yield* piecesOf(FILE)
  }
  return { source: source(), release: gate.resolve }
}

const isRefused = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError, String(error))
  assert.equal(error.code, code)
  assert.match(error.detail, pattern)
  return true
}

describe('a parser thread', () => {
  it('makes chunks of the rows, reports progress, and leaves the sent bytes as they were', async () => {
    const chunks: ParsedChunk[] = []
    const progress: number[] = []
    const parsed = await open().parse('ada', piecesOf(FILE), TASK, {
      onChunk: async (chunk) => void chunks.push(chunk),
      onProgress: async (rows) => void progress.push(rows),
    })
    assert.deepEqual([parsed.format, parsed.rows, parsed.sample[0]?.length], ['csv', 100_000, 5_000])
    assert.equal(
      chunks.reduce((sum, { facts }) => sum + facts.bars, 0),
      100_000,
    )
    const [first] = chunks
    assert.ok(
      first !== undefined && first.facts.hash.length === 32 && first.facts.bytes === first.data.length,
    )
    assert.deepEqual(first.facts.firstAt, new Date(START))
    assert.ok(progress.length > 100 && (progress.at(-1) ?? 0) > 90_000)
  })

  it('waits while a chunk is stored', async () => {
    let storing = 0
    let most = 0
    await open().parse('ada', piecesOf(FILE), TASK, {
      async onChunk() {
        storing++
        most = Math.max(most, storing)
        await new Promise((resolve) => setImmediate(resolve))
        storing--
      },
      onProgress: async () => {},
    })
    assert.equal(most, 1)
  })

  it('ends with whatever its file, its source or its server throws', async () => {
    const parsers = open()
    const broken = async function* () {
      yield Buffer.from(csv(candleLines(5)))
      throw new Error('the connection broke off')
    }
    await assert.rejects(parsers.parse('ada', broken(), TASK, IGNORED), /broke off/)
    const cancelled = { ...IGNORED, onProgress: () => Promise.reject(new AppError('import_cancelled')) }
    await assert.rejects(
      parsers.parse('ada', piecesOf(FILE), TASK, cancelled),
      isRefused('import_cancelled', /./),
    )
    const full = { ...IGNORED, onChunk: () => Promise.reject(new Error('no disk')) }
    await assert.rejects(parsers.parse('ada', piecesOf(FILE), TASK, full), /no disk/)
    const bad = Buffer.from(`${csv(candleLines(3))}${START},1\n`)
    await assert.rejects(
      parsers.parse('ada', piecesOf(bad), TASK, IGNORED),
      isRefused('invalid_rows', /^Line 5: row has 2 fields/),
    )
    // Each of them has given its turn back.
    assert.equal((await parsers.parse('ada', piecesOf(FILE), TASK, IGNORED)).rows, 100_000)
  })

  it('is refused memory that other uploads have', async () => {
    const columns = [milliseconds(20_000), ...prices(20_000)]
    const file = streamOf(columns, 20_000)
    await assert.rejects(
      open({ maxKilobytes: 100 }).parse('ada', piecesOf(file), TASK, IGNORED),
      (error: AppError) => isRefused('overloaded', /Other uploads/)(error) && error.retryAfterSeconds === 5,
    )
    assert.equal((await open().parse('ada', piecesOf(file), TASK, IGNORED)).rows, 20_000)
  })

  it('is ended with its server, which takes no other upload', async () => {
    const parsers = open()
    const pulled = Promise.withResolvers<void>()
    const parsing = parsers.parse('ada', held().source, TASK, {
      ...IGNORED,
      onProgress: async () => pulled.resolve(),
    })
    await pulled.promise
    await Promise.all([parsers.close(), assert.rejects(parsing, /ended before its upload/)])
    await assert.rejects(
      parsers.parse('ada', piecesOf(FILE), TASK, IGNORED),
      isRefused('overloaded', /is restarting/),
    )
  })
})

describe('turns of uploads', () => {
  it('are as many as there are, and fewer for one user; the others wait', async () => {
    const parsers = open()
    const files = { ada: held(), bob: held() }
    const done: string[] = []
    const parse = (name: string, user: string, source: AsyncIterable<Buffer>) =>
      parsers.parse(user, source, TASK, IGNORED).then(() => done.push(name))
    const all = [
      parse('ada 1', 'ada', files.ada.source),
      parse('ada 2', 'ada', piecesOf(FILE)),
      parse('bob 1', 'bob', files.bob.source),
      parse('eve 1', 'eve', piecesOf(FILE)),
    ]
    files.bob.release()
    // The turn of bob goes to eve: ada has one.
    await until(async () => done.length === 2)
    assert.deepEqual(done, ['bob 1', 'eve 1'])
    files.ada.release()
    await Promise.all(all)
    assert.deepEqual(done.slice(2), ['ada 1', 'ada 2'])
  })

  it('that do not come are a refusal that says when to come back', async () => {
    const parsers = open({ turns: 1, waitMs: 1 })
    const file = held()
    const parsing = parsers.parse('ada', file.source, TASK, IGNORED)
    await assert.rejects(
      parsers.parse('bob', piecesOf(FILE), TASK, IGNORED),
      (error: AppError) =>
        isRefused('overloaded', /Too many uploads/)(error) && error.retryAfterSeconds === 10,
    )
    file.release()
    await parsing
  })
})

describe('a thread that does not answer', () => {
  const supervise = (code: string, silenceMs = 60_000) => {
    const limits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 }
    const worker = new Worker(code, { eval: true, resourceLimits: limits })
    return {
      worker,
      parsed: superviseParser(worker, piecesOf(FILE), { task: TASK, memory: MEMORY, silenceMs }, IGNORED),
    }
  }

  it('is ended, and the file refused', async () => {
    const { worker, parsed } = supervise('for (;;);', 20)
    const ended = once(worker, 'exit')
    await assert.rejects(parsed, isRefused('invalid_file', /took too long to parse/))
    await ended
  })

  it('because its memory is full makes the file be refused, too', async () => {
    const { parsed } = supervise('const all = []; for (let i = 0; ; i++) all.push({ i, all: [i] })')
    await assert.rejects(parsed, isRefused('invalid_file', /too much memory/))
  })

  it('because it broke is a fault of ours', async () => {
    await assert.rejects(supervise('throw new TypeError("a bug")').parsed, /a bug/)
    await assert.rejects(supervise('process.exit(0)').parsed, /ended before its upload/)
  })
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../platform/errors.ts'
import { type Candles, emptyCandles } from './candles.ts'
import { canonicalHash, hashRows } from './canonical-hash.ts'
import { createChunkCache } from './chunk-cache.ts'
import { decodeChunk, encodeChunk } from './chunk-codec.ts'
import { mergeColumns } from './merge-columns.ts'
import { candlesQuality, joinQuality, type Quality, staleRuns } from './quality.ts'
import {
  type Columns,
  candleColumns,
  candlesOf,
  chunkPeriod,
  fundingOf,
  lengthOf,
  MAX_CHUNK_ROWS,
  type Series,
  sliceColumns,
  timestampsOf,
} from './series.ts'
import { periodEnd, periodStart, TIMEFRAMES } from './timeframe.ts'

const START = Date.UTC(2021, 0, 31, 22)
const MINUTE = 60_000

function columns(rows: readonly number[][]): Columns {
  return Array.from({ length: rows[0]?.length ?? 6 }, (_, index) =>
    Float64Array.from(rows.map((row) => row[index] as number)),
  )
}

const values = (all: Columns) => all.map((column) => [...column])

describe('a chunk', () => {
  const time = fc.integer({ min: 0, max: 253_402_300_799_999 })
  const rows = fc.array(fc.tuple(time, fc.double(), fc.double({ noNaN: true })), { maxLength: 300 })

  it('comes back from its bytes as it was, in shared memory', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (all) => {
        const chunk = all.length === 0 ? columns([]) : columns(all)
        const decoded = await decodeChunk(await encodeChunk(chunk))
        assert.deepEqual(values(decoded), values(chunk))
        assert.ok(decoded.every((column) => column.buffer instanceof SharedArrayBuffer))
      }),
    )
  })

  it('is smaller than its numbers, and shuffled only where that helps', async () => {
    const smooth = columns(
      Array.from({ length: 5_000 }, (_, row) => [START + row * MINUTE, 50_000 + Math.sin(row / 50)]),
    )
    const rough = columns(
      Array.from({ length: 5_000 }, (_, row) => [START + row * MINUTE, Math.sqrt(2 + ((row * row) % 211))]),
    )
    const [a, b] = [await encodeChunk(smooth), await encodeChunk(rough)]
    assert.ok(a.length < 5_000 * 16 * 0.7 && b.length < 5_000 * 8)
    assert.deepEqual([a[2], a[3], b[3]], [1, 1, 0])
  })

  it('of no columns has no rows', () => {
    assert.equal(lengthOf([]), 0)
    assert.equal(timestampsOf([]).length, 0)
    assert.equal(candlesOf([]).volume.length, 0)
    assert.equal(fundingOf([]).markPrice.length, 0)
  })

  it('of an unknown form is refused', async () => {
    const bytes = await encodeChunk(columns([[1, 2]]))
    for (const [at, value] of [
      [0, 9],
      [1, 99],
    ] as const) {
      await assert.rejects(
        decodeChunk(bytes.map((byte, index) => (index === at ? value : byte))),
        /unknown form/,
      )
    }
  })

  it('covers a day, a month, a year or a decade, and never more rows than are allowed', () => {
    const shown = (series: Series) => {
      const { start, end } = chunkPeriod(Date.UTC(2024, 1, 29, 13), series)
      return [start, end].map((instant) => new Date(instant).toISOString().slice(0, 10))
    }
    assert.deepEqual(shown('1s'), ['2024-02-29', '2024-03-01'])
    assert.deepEqual(shown('3m'), ['2024-02-01', '2024-03-01'])
    assert.deepEqual(shown('30m'), ['2024-01-01', '2025-01-01'])
    assert.deepEqual(shown('1h'), ['2020-01-01', '2030-01-01'])
    assert.deepEqual(shown('funding'), ['2020-01-01', '2030-01-01'])
    for (const timeframe of TIMEFRAMES) {
      const { start, end } = chunkPeriod(Date.UTC(2024, 0, 1), timeframe)
      const length = periodEnd(periodStart(start, timeframe), timeframe) - periodStart(start, timeframe)
      assert.ok((end - start) / length <= MAX_CHUNK_ROWS, timeframe)
    }
  })
})

describe('a hash', () => {
  it('is that of the header, the number of rows and the values, written down here once more', () => {
    const bytes = Buffer.alloc(32)
    bytes.writeBigInt64LE(BigInt(START), 0)
    bytes.writeBigInt64LE(BigInt(START + MINUTE), 8)
    bytes.writeDoubleLE(0, 16)
    Buffer.from('000000000000f87f', 'hex').copy(bytes, 24)
    const expected = createHash('sha256').update('a\nb\n2\n').update(bytes).digest('hex')
    const chunk = columns([
      [START, -0],
      [START + MINUTE, Number.NaN],
    ])
    assert.equal(canonicalHash(['a', 'b'], chunk).toString('hex'), expected)
    assert.equal(
      canonicalHash(['a'], []).toString('hex'),
      createHash('sha256').update('a\n0\n').digest('hex'),
    )
  })

  it('tells apart timeframes, kinds of data, and values that differ in their last bit', () => {
    const row = [START, 1, 2, 0.5, 1.5, 10]
    const next = [START, 1, 2, 0.5, 1.5, 10 + 2 ** -49]
    const hashes = [
      hashRows('1m', columns([row])),
      hashRows('3m', columns([row])),
      hashRows('funding', columns([row])),
      hashRows('1m', columns([next])),
    ]
    assert.equal(new Set(hashes.map((hash) => hash.toString('hex'))).size, 4)
  })

  it('is the same for long columns and their parts in whatever memory', () => {
    const long = columns(Array.from({ length: 20_001 }, (_, row) => [START + row, row / 7]))
    const shared = long.map((column) => {
      const copy = new Float64Array(new SharedArrayBuffer(column.byteLength + 8), 8)
      copy.set(column)
      return copy
    })
    assert.deepEqual(hashRows('1m', shared), hashRows('1m', long))
    assert.notDeepEqual(hashRows('1m', sliceColumns(long, 0, 20_000)), hashRows('1m', long))
  })
})

describe('merging', () => {
  const row = (minute: number, close = minute) => [START + minute * MINUTE, 1, 2, 0.5, close, 3]
  const merge = (a: number[], b: number[][], onConflict: 'refuse' | 'replace' = 'refuse') =>
    mergeColumns('1m', columns(a.map((minute) => row(minute))), columns(b), onConflict)

  it('puts rows in order, and equal ones together', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(50), { minLength: 1 }),
        fc.uniqueArray(fc.nat(50), { minLength: 1 }),
        (a, b) => {
          const sorted = (all: number[]) => all.toSorted((x, y) => x - y)
          const {
            columns: merged,
            added,
            replaced,
          } = merge(
            sorted(a),
            sorted(b).map((minute) => row(minute)),
          )
          const union = sorted([...new Set([...a, ...b])])
          assert.deepEqual(values(merged), values(columns(union.map((minute) => row(minute)))))
          assert.deepEqual([added, replaced], [union.length - a.length, 0])
        },
      ),
    )
  })

  it('refuses the first row that disagrees, with what differs', () => {
    assert.throws(
      () => merge([1, 2, 3], [row(2, 9), row(3, 9)]),
      (error) =>
        error instanceof AppError &&
        error.code === 'data_conflict' &&
        /At 2021-01-31T22:02:00\.000Z: close 2 is stored, 9 was sent/.test(error.detail),
    )
  })

  it('replaces it where that is asked for', () => {
    const { columns: merged, added, replaced } = merge([1, 2, 3], [row(2, 9), row(4)], 'replace')
    assert.deepEqual([[...(merged[4] as Float64Array)], added, replaced], [[1, 9, 3, 4], 1, 1])
  })

  it('takes two missing mark prices as equal, and no more rows than a chunk may have', () => {
    const rate = [START, 0.1, Number.NaN]
    assert.equal(mergeColumns('funding', columns([rate]), columns([rate]), 'refuse').added, 0)
    const many = (from: number) =>
      columns(Array.from({ length: 100_000 }, (_, index) => [from + 2 * index, 0.1, 1]))
    assert.throws(() => mergeColumns('funding', many(0), many(1), 'refuse'), /at most 131072 rows/)
  })
})

describe('the cache of chunks', () => {
  it('lets what was not asked for the longest go when it is full', () => {
    const cache = createChunkCache(100)
    const chunk = () => [new Float64Array(5)]
    cache.add('a', chunk())
    cache.add('b', chunk())
    assert.ok(cache.find('a'))
    cache.add('c', chunk())
    assert.deepEqual(
      ['a', 'b', 'c'].map((hash) => cache.find(hash) !== undefined),
      [true, false, true],
    )
    cache.add('c', chunk())
    assert.ok(cache.find('a'))
    cache.add('large', [new Float64Array(50)])
    assert.equal(cache.find('large'), undefined)
  })
})

describe('the quality of candles', () => {
  const flat = (price: number) => [price, price, price, price]
  const candles = (bars: readonly (readonly [number, number[], number])[]): Candles => {
    const all = emptyCandles(bars.length)
    for (const [index, [minute, prices, volume]] of bars.entries()) {
      const [open = 0, high = 0, low = 0, close = 0] = prices
      for (const [column, value] of [
        [all.timestamp, START + minute * MINUTE],
        [all.open, open],
        [all.high, high],
        [all.low, low],
        [all.close, close],
        [all.volume, volume],
      ] as const)
        column[index] = value
    }
    return all
  }
  const shown = ({ bars, missing, gaps, withoutVolume, jumps, longestRun, ...quality }: Quality) => ({
    ...{
      bars,
      missing,
      gaps,
      withoutVolume,
      jumps,
      longestRun,
      staleRuns: staleRuns({ bars, missing, gaps, withoutVolume, jumps, longestRun, ...quality }),
    },
  })

  it('counts gaps, bars without volume, jumps of more than a fifth, and runs of ten flat bars', () => {
    const bars = [
      [0, [1, 2, 1, 2], 5],
      [1, [2, 3, 2, 2.4], 0],
      [2, [2.4, 3, 2, 2.9], 1],
      [5, [2.9, 3, 2, 2.3], 1],
      ...Array.from({ length: 12 }, (_, index) => [6 + index, flat(2.3), 0] as const),
      [19, [2.3, 2.4, 2.2, 2.3], 1],
    ] as const
    const quality = candlesQuality(candles(bars as never), '1m')
    assert.deepEqual(shown(quality), {
      bars: 17,
      missing: 3,
      gaps: 2,
      withoutVolume: 13,
      jumps: 2,
      longestRun: 12,
      staleRuns: 1,
    })
    assert.deepEqual(quality.longestGaps, [
      { from: START + 3 * MINUTE, to: START + 5 * MINUTE, bars: 2 },
      { from: START + 18 * MINUTE, to: START + 19 * MINUTE, bars: 1 },
    ])
  })

  it('counts a run that goes on from one stretch into the next once', () => {
    const bar = (minute: number, prices: number[]) => [minute, prices, 1] as const
    const run = Array.from({ length: 12 }, (_, index) => bar(1 + index, flat(2)))
    const all = candles([bar(0, [1, 2, 1, 2]), ...run, bar(13, [2, 3, 2, 2])])
    const joined = joinQuality(
      candlesQuality(partOf(all, 0, 7), '1m'),
      candlesQuality(partOf(all, 7, 14), '1m'),
      '1m',
    )
    assert.deepEqual([joined.staleRuns, joined.longestRun, staleRuns(joined)], [1, 12, 1])
  })

  it('counts missing months by the calendar', () => {
    const months = emptyCandles(3)
    for (const column of [months.open, months.high, months.low, months.close, months.volume]) column.fill(1)
    months.timestamp.set([Date.UTC(2020, 10), Date.UTC(2021, 1), Date.UTC(2021, 2)])
    assert.equal(candlesQuality(months, '1M').missing, 2)
  })

  it('keeps the longest of very many gaps', () => {
    const bars = Array.from(
      { length: 2_500 },
      (_, index) => [index * 2 + (index > 2_000 ? 7 : 0), [1, 2, 1, 1.5], 1] as const,
    )
    const { gaps, longestGaps } = candlesQuality(candles(bars as never), '1m')
    assert.deepEqual([gaps, longestGaps.length, longestGaps[0]?.bars], [2_499, 20, 8])
  })

  it('of two stretches side by side is that of both at once', () => {
    const price = fc.constantFrom(1, 1, 1, 2)
    const bar = fc.tuple(
      fc.constantFrom(1, 1, 1, 1, 3),
      fc.oneof(price.map(flat), fc.constant([1, 2, 1, 2])),
      fc.constantFrom(0, 1),
    )
    fc.assert(
      fc.property(fc.array(bar, { minLength: 2, maxLength: 80 }), fc.nat(), fc.nat(), (steps, a, b) => {
        let minute = 0
        const all = candles(
          steps.map(([step, prices, volume]) => {
            minute += step
            return [minute, [...prices], volume] as const
          }),
        )
        const cuts = [1 + (a % (steps.length - 1)), 1 + (b % (steps.length - 1))].sort((x, y) => x - y)
        const parts = [0, ...new Set(cuts), steps.length]
        const qualities = parts
          .slice(1)
          .map((end, index) => candlesQuality(partOf(all, parts[index] ?? 0, end), '1m'))
        const whole = candlesQuality(all, '1m')
        const joined = qualities.reduce((sum, part) => joinQuality(sum, part, '1m'))
        assert.deepEqual({ ...joined, stale: staleRuns(joined) }, { ...whole, stale: staleRuns(whole) })
      }),
      { numRuns: 2_000 },
    )
  })

  function partOf(all: Candles, from: number, to: number): Candles {
    const [timestamp, open, high, low, close, volume] = sliceColumns(candleColumns(all), from, to) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    return { timestamp, open, high, low, close, volume }
  }
})

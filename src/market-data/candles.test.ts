import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { emptyCandles, firstBarFrom, resample } from './candles.ts'
import { isLargerMultiple, isTimeframe, periodEnd, periodStart, TIMEFRAMES } from './timeframe.ts'

describe('candles', () => {
  const candles = emptyCandles(4)
  candles.timestamp.set([10, 20, 30, 40])

  it('have a first bar from a time on, or as many as there are where none is', () => {
    assert.deepEqual(
      [0, 10, 11, 40, 41].map((time) => firstBarFrom(candles, time)),
      [0, 0, 1, 3, 4],
    )
  })

  it('of a larger timeframe hold the first open, the extremes, the last close and all volume', () => {
    const day = emptyCandles(3)
    const start = Date.UTC(2024, 0, 1)
    day.timestamp.set([start, start + 3_600_000, start + 86_400_000])
    day.open.set([5, 6, 7])
    day.high.set([9, 8, 7])
    day.low.set([4, 3, 7])
    day.close.set([6, 5, 7])
    day.volume.set([1, 2, 4])
    const days = resample(day, '1d')
    const columns = [days.timestamp, days.open, days.high, days.low, days.close, days.volume]
    assert.deepEqual(
      columns.map((column) => [...column]),
      [
        [start, start + 86_400_000],
        [5, 7],
        [9, 7],
        [3, 7],
        [5, 7],
        [3, 4],
      ],
    )
  })
})

describe('a timeframe', () => {
  it('is one of those that are known', () => {
    assert.ok(TIMEFRAMES.every(isTimeframe))
    assert.deepEqual(['7m', '1H', '', 'constructor'].map(isTimeframe), [false, false, false, false])
  })

  it('has periods that hold the times in them, end where the next begins, and follow the calendar', () => {
    for (const timeframe of TIMEFRAMES) {
      for (const time of [
        0,
        Date.UTC(2024, 1, 29, 23, 59, 59, 999),
        Date.UTC(2023, 11, 31),
        Date.UTC(2024, 11, 30, 1),
      ]) {
        const start = periodStart(time, timeframe)
        const end = periodEnd(start, timeframe)
        assert.ok(start <= time && time < end)
        assert.deepEqual([periodStart(end - 1, timeframe), periodStart(end, timeframe)], [start, end])
      }
    }
    assert.equal(new Date(periodStart(Date.UTC(2024, 0, 7), '1w')).toISOString().slice(0, 10), '2024-01-01')
  })

  it('is a larger multiple of those that it is made of', () => {
    const pairs = [
      ['1h', '1m'],
      ['1M', '1h'],
      ['1w', '1d'],
      ['1M', '1d'],
    ] as const
    for (const [larger, base] of pairs) assert.ok(isLargerMultiple(larger, base), `${larger} ${base}`)
    const others = [
      ['1m', '1m'],
      ['1m', '1h'],
      ['5m', '3m'],
      ['1M', '1w'],
      ['1w', '1M'],
      ['1M', '1M'],
    ] as const
    for (const [larger, base] of others) assert.ok(!isLargerMultiple(larger, base), `${larger} ${base}`)
  })
})

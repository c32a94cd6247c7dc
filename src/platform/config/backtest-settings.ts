import { availableParallelism } from 'node:os'
import { LARGEST_SHARE } from '../limits/tasks.ts'
import type { Settings } from './settings.ts'

export type BacktestSettings = {
  /** Runs at once in a process; one with 0 leaves them to others. */
  threads: number
  /** Of candles that are kept in memory for runs. */
  cacheBytes: number
  /** Memory of all that is computed at once in a process. */
  memoryBytes: number
  /** Of it, what one run may take. */
  maxRunBytes: number
  /** Memory of all tables and candles that are read at once to be sent. */
  readBytes: number
  /** Time that one run may compute. */
  maxRunSeconds: number
  /** Of a user: queued and running. */
  maxUnfinishedPerUser: number
  /** Of a user's backtests and results that are kept. */
  resultBytesPerUser: number
  /** Bars × the cost of the rules for one bar that a user may ask for in a UTC day. */
  workPerUserAndDay: number
}

const MEGABYTE = 1024 * 1024
const MILLION = 1_000_000

export function readBacktestSettings(settings: Settings): BacktestSettings {
  const cores = Math.max(1, availableParallelism() - 1)
  const memoryBytes =
    settings.integer('BACKTEST_MEMORY_MB', { fallback: 384, min: 16, max: 1_048_576 }) * MEGABYTE
  return {
    threads: settings.integer('BACKTEST_THREADS', { fallback: cores, min: 0, max: 256 }),
    cacheBytes: settings.integer('BACKTEST_CACHE_MB', { fallback: 96, min: 16, max: 1_048_576 }) * MEGABYTE,
    memoryBytes,
    maxRunBytes: memoryBytes * LARGEST_SHARE,
    readBytes: settings.integer('READ_MEMORY_MB', { fallback: 96, min: 16, max: 1_048_576 }) * MEGABYTE,
    maxRunSeconds: settings.integer('BACKTEST_MAX_SECONDS', { fallback: 600, min: 1, max: 604_800 }),
    maxUnfinishedPerUser: settings.integer('MAX_BACKTESTS_PER_USER', { fallback: 100, min: 1, max: 100_000 }),
    resultBytesPerUser:
      settings.integer('RESULTS_MB_PER_USER', { fallback: 1_024, min: 1, max: 1_048_576 }) * MEGABYTE,
    workPerUserAndDay:
      settings.integer('BACKTEST_MILLION_BARS_PER_DAY', { fallback: 100_000, min: 1, max: 999_999_999 }) *
      MILLION,
  }
}

import { randomUUIDv7 } from 'node:crypto'
import { firstBarFrom } from '../market-data/candles.ts'
import type { ChunkCache } from '../market-data/chunk-cache.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { specOf } from './backtest-view.ts'
import { findVersion, recordEvent } from './backtests-repository.ts'
import { roomOf } from './engine-room.ts'
import { gapsOf } from './gaps.ts'
import { loadRun } from './load-run.ts'
import { planOf } from './resolve-run.ts'
import { findSummary, insertResult, type Summary } from './results-repository.ts'
import type { RunInput } from './run-input.ts'
import type { RunOutput } from './run-output.ts'
import { ENGINE_VERSION } from './run-spec.ts'
import type { RunThreads } from './run-threads.ts'
import { claimRun, endRun, giveBackRun, type RunEnd } from './runs-repository.ts'
import { watchRun } from './watch-run.ts'

/** Runs backtests in this process. */
export type Runner = {
  /** Runs what is queued until nothing is, or `signal` ends it; at once where all threads are at work. */
  work(signal: AbortSignal): Promise<void>
}

type Needs = Pick<Platform, 'db' | 'clock' | 'config' | 'log'>

/** @throws AppError `no_data` where not even one bar can be made of smaller ones */
function checkBars({ markets, timeframe, settings }: RunInput): void {
  const { from, to } = settings
  if (markets.some(({ candles }) => firstBarFrom(candles, from) < firstBarFrom(candles, to))) return
  throw new AppError('no_data', { detail: `There is no whole bar of ${timeframe} in that range.` })
}

/** @throws AppError `gap_too_long` */
function checkGaps({ markets, timeframe, settings, measure }: RunInput): void {
  const { maxGap } = measure
  if (maxGap === null || maxGap.action === 'warn') return
  for (const { candles, instrument } of markets) {
    const { longest } = gapsOf({ candles, timeframe }, settings)
    if (longest <= maxGap.bars) continue
    throw new AppError('gap_too_long', {
      detail: `${instrument.id} misses ${longest} bars in a row; at most ${maxGap.bars} are let pass.`,
    })
  }
}

export function createRunner(platform: Platform): Runner {
  const { db, clock, config } = platform
  const id = randomUUIDv7()
  const slots = Math.max(1, config.backtests.threads)
  let [busy, isMissed] = [0, false]

  async function workOff(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const row = await claimRun(db, id, clock.now())
      if (row === undefined && !isMissed) return
      isMissed = false
      if (row === undefined) continue
      await recordEvent(db, row, null)
      await perform({ ...platform, ...roomOf(platform) }, row, signal)
    }
  }

  return {
    async work(signal) {
      // Who is at work looks once more before it ends, so that nothing waits which came meanwhile.
      if (busy >= slots) {
        isMissed = true
        return
      }
      busy++
      try {
        await workOff(signal)
      } finally {
        busy--
      }
    },
  }
}

type Performing = Needs & { cache: ChunkCache; threads: RunThreads }

/** Runs one that was claimed, and writes down how it ended. */
async function perform(needs: Performing, row: BacktestRow, signal: AbortSignal): Promise<void> {
  const { db, log } = needs
  const stopping = new AbortController()
  const watch = watchRun(needs, row, stopping)
  try {
    const summary = await resultOf(needs, row, AbortSignal.any([signal, stopping.signal]), watch.onProgress)
    await watch.end()
    await finish(needs, row, { state: 'succeeded' }, summary)
  } catch (error) {
    await watch.end()
    if (signal.aborted) return await giveBackRun(db, row)
    if (stopping.signal.aborted) {
      return await finish(needs, row, { state: 'cancelled' }, null)
    }
    if (error instanceof AppError) {
      return await finish(needs, row, { state: 'failed', code: error.code, detail: error.detail }, null)
    }
    log.error({ err: error, backtest_id: row.id }, 'a backtest failed')
    const detail = 'Something went wrong on our side. Ask for it once more.'
    await finish(needs, row, { state: 'failed', code: 'internal_error', detail }, null)
  }
}

async function finish({ db, clock, log }: Needs, row: BacktestRow, end: RunEnd, summary: Summary | null) {
  const ended = await endRun(db, row, end, clock.now())
  if (ended === undefined) return
  await recordEvent(db, ended, summary)
  log.info({ backtest_id: row.id, state: ended.state, bars: Number(ended.bars_done) }, 'backtest ended')
}

async function resultOf(
  { db, clock, cache, threads }: Performing,
  row: BacktestRow,
  signal: AbortSignal,
  onProgress: (instants: number) => void,
): Promise<Summary> {
  const known = await findSummary(db, row.result_key)
  if (known) return known
  const input = await inputOf({ db, cache }, row)
  const output: RunOutput = await threads.run(input, { signal, onProgress })
  return await insertResult(db, row.result_key, ENGINE_VERSION, output, clock.now())
}

/** All that a backtest depends on, read again. */
export async function inputOf(
  reading: { db: Needs['db']; cache: ChunkCache },
  row: BacktestRow,
): Promise<RunInput> {
  // A version goes with its strategy, and the backtest with it.
  const version = await findVersion(reading.db, row.user_id, row.strategy_id, row.version)
  const spec = specOf(row)
  const input = await loadRun(reading, planOf(version?.document, spec.parameters), spec)
  checkBars(input)
  checkGaps(input)
  return input
}

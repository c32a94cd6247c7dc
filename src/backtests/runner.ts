import { randomUUIDv7 } from 'node:crypto'
import { firstBarFrom } from '../market-data/candles.ts'
import type { ChunkCache } from '../market-data/chunk-cache.ts'
import type { Reading } from '../market-data/load-columns.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import { PARKED_TASKS } from '../platform/limits/open-work-queues.ts'
import type { WorkBudget } from '../platform/limits/work-queue.ts'
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
import { claimRun, endRun, giveBackRun, type RunChoice, type RunEnd } from './runs-repository.ts'
import { watchRun } from './watch-run.ts'

/** Runs backtests in this process. */
export type Runner = {
  /** Run what is queued until nothing is left, or `signal` ends it; return at once when no place is free. */
  work(signal: AbortSignal): Promise<void>
}

type Needs = Pick<Platform, 'db' | 'clock' | 'config' | 'log' | 'work'>

/** Takes about a second. */
const SHORT_WORK = 25_000_000

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

/**
 * Which run a process may claim beside those that it has. Beyond its slots it claims runs of other users only, which
 * take turns with what is running; the last place is for short runs.
 */
function nextChoice(users: readonly string[], slots: number): RunChoice | undefined {
  const beyond = users.length - slots
  if (beyond >= PARKED_TASKS) return undefined
  const isLast = beyond === PARKED_TASKS - 1
  return { except: beyond < 0 ? [] : users, maxWork: isLast ? SHORT_WORK : Number.MAX_VALUE }
}

export function createRunner(platform: Platform): Runner {
  const { db, clock, config } = platform
  const id = randomUUIDv7()
  const slots = Math.max(1, config.backtests.threads)
  /** Users of the runs that this process has; null for one that is being claimed. */
  const places = new Set<{ userId: string | null }>()
  let isMissed = false

  async function claim(): Promise<{ row: BacktestRow | undefined; leave(): void } | undefined> {
    const users = [...places].map(({ userId }) => userId ?? '')
    const choice = nextChoice(users, slots)
    if (choice === undefined) return undefined
    const place: { userId: string | null } = { userId: null }
    places.add(place)
    const leave = () => places.delete(place)
    const except = choice.except.filter((userId) => userId !== '')
    const row = await claimRun(db, id, clock.now(), { ...choice, except }).catch((error: unknown) => {
      leave()
      throw error
    })
    place.userId = row?.user_id ?? null
    return { row, leave }
  }

  async function workOff(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const claimed = await claim()
      if (claimed === undefined) {
        // Whoever has a place looks again before it ends, so that nothing waits that came meanwhile.
        isMissed = true
        return
      }
      const { row, leave } = claimed
      try {
        if (row === undefined && !isMissed) return
        isMissed = false
        if (row === undefined) continue
        await recordEvent(db, row, null)
        await perform({ ...platform, ...roomOf(platform) }, row, signal)
      } finally {
        leave()
      }
    }
  }

  return { work: workOff }
}

type Performing = Needs & { cache: ChunkCache; threads: RunThreads }

/** Runs one that was claimed, and writes down how it ended. */
async function perform(needs: Performing, row: BacktestRow, signal: AbortSignal): Promise<void> {
  const { db, log } = needs
  const stopping = new AbortController()
  const watch = watchRun(needs, row, stopping)
  try {
    const ending = AbortSignal.any([signal, stopping.signal])
    const request = { ...reservation(needs, row), signal: ending, isPatient: true }
    const summary = await needs.work.compute.run(request, (budget) =>
      resultOf(needs, row, budget, watch.onProgress),
    )
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
  { db, clock, config, cache, threads }: Performing,
  row: BacktestRow,
  budget: WorkBudget,
  onProgress: (instants: number) => void,
): Promise<Summary> {
  const known = await findSummary(db, row.result_key)
  if (known) return known
  const input = await inputOf({ db, cache, budget }, row)
  const output: RunOutput = await threads.run(budget, input, onProgress)
  return await insertResult({ db, config }, row, ENGINE_VERSION, output, clock.now())
}

/** What a run reserves in the queue; a run of an earlier version of the server has no estimate and reserves all. */
export function reservation(
  { config }: Pick<Needs, 'config'>,
  { user_id: userId, memory_bytes }: BacktestRow,
) {
  const { maxRunBytes, maxRunSeconds } = config.backtests
  return { userId, bytes: memory_bytes > 0 ? memory_bytes : maxRunBytes, seconds: maxRunSeconds }
}

/** Load everything that a backtest depends on. */
export async function inputOf(reading: Reading, row: BacktestRow): Promise<RunInput> {
  // A version goes with its strategy, and the backtest with it.
  const version = await findVersion(reading.db, row.user_id, row.strategy_id, row.version)
  if (version === undefined) throw new AppError('backtest_not_found')
  const spec = specOf(row)
  const input = await loadRun(reading, planOf(version.document, spec.parameters), spec)
  checkBars(input)
  checkGaps(input)
  return input
}

import type { BacktestRow } from '../platform/database/tables.ts'
import type { Platform } from '../platform/platform.ts'
import { recordEvent } from './backtests-repository.ts'
import { beat, mustStop } from './runs-repository.ts'

/** How often a run looks whether it was cancelled, and how often it says how far it is. */
const LOOK_MS = 100
const BEATS_EVERY = 5
/** Where it gets no further it says at least that it lives. */
const SIGNS_OF_LIFE_EVERY = 50

export type RunWatch = {
  onProgress(instants: number): void
  end(): Promise<void>
}

/** Looks whether the run is to stop, and says that it goes on. */
export function watchRun(
  { db, clock, log }: Pick<Platform, 'db' | 'clock' | 'log'>,
  row: BacktestRow,
  stopping: AbortController,
): RunWatch {
  let [bars, told, rounds] = [0, 0, 0]
  let current = Promise.resolve()
  const look = async () => {
    if (await mustStop(db, row)) return stopping.abort()
    rounds++
    const isNew = bars !== told && rounds % BEATS_EVERY === 0
    if (!isNew && rounds % SIGNS_OF_LIFE_EVERY !== 0) return
    told = bars
    const beaten = await beat(db, row, bars, clock.now())
    if (beaten) await recordEvent(db, beaten, null)
  }
  const timer = setInterval(() => {
    current = current.then(look).catch((err: unknown) => {
      log.warn({ err, backtest_id: row.id }, 'a backtest cannot say how far it is')
    })
  }, LOOK_MS)
  return {
    onProgress(done: number) {
      bars = Math.min(done, Number(row.bars_total))
    },
    async end() {
      clearInterval(timer)
      await current
    },
  }
}

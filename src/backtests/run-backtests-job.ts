import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { prune } from '../platform/jobs/prune.ts'
import type { Platform } from '../platform/platform.ts'
import { deleteOldProgress, recordEvent } from './backtests-repository.ts'
import { deleteOldKeys } from './idempotency-repository.ts'
import { deleteOwnerlessResults, deleteUnusedResults } from './results-repository.ts'
import type { Runner } from './runner.ts'
import { freeDeadRuns } from './runs-repository.ts'
import { RUN_JOB } from './start-backtest.ts'

/** A process that has said nothing for so long is dead; it says something every five seconds at least. */
const SILENCE_MS = 30_000
const DAY_MS = 86_400_000
/** A client that lost the connection comes back within this time for the progress that it missed. */
const PROGRESS_MS = 3_600_000
/** A result has up to tens of MB. */
const RESULTS_AT_ONCE = 20

/** Wakes the process for what is queued. It carries no run: which one is next, the queue decides. */
export function runBacktestsJob(runner: Runner): JobDefinition {
  return { name: RUN_JOB, run: (_payload, signal) => runner.work(signal) }
}

/** Every minute: gives back the runs of dead processes, and goes on with what nobody was woken for. */
export function tendBacktestsJob(
  { db, clock, log }: Pick<Platform, 'db' | 'clock' | 'log'>,
  runner: Runner,
): JobDefinition {
  return {
    name: 'tend_backtests',
    cron: '* * * * *',
    run: async (_payload, signal) => {
      const now = clock.now()
      const freed = await freeDeadRuns(db, new Date(now.getTime() - SILENCE_MS), now)
      for (const row of freed) {
        await recordEvent(db, row, null)
        log.warn({ backtest_id: row.id, state: row.state }, 'the process of a backtest died')
      }
      await deleteOldKeys(db, new Date(now.getTime() - DAY_MS))
      await deleteUnusedResults(db)
      let removed = RESULTS_AT_ONCE
      while (removed === RESULTS_AT_ONCE && !signal.aborted) {
        removed = await deleteOwnerlessResults(db, RESULTS_AT_ONCE)
      }
      const ended = new Date(now.getTime() - PROGRESS_MS)
      await prune(log, 'progress events', signal, (batch) => deleteOldProgress(db, ended, batch))
      await runner.work(signal)
    },
  }
}

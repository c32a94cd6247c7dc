import type { JobDefinition } from '../jobs/jobs.ts'
import { prune } from '../jobs/prune.ts'
import type { Platform } from '../platform.ts'

/** Removes the limiter's rows whose window has passed. */
export function pruneRateLimitsJob({ db, clock, log }: Platform): JobDefinition {
  return {
    name: 'prune_rate_limits',
    cron: '*/5 * * * *',
    async run(_payload, signal) {
      await prune(log, 'rate limits', signal, async (batch) => {
        const now = String(clock.now().getTime())
        const old = db
          .selectFrom('rate_limits')
          .select('key')
          .where('expire', '<=', now)
          .orderBy('expire')
          .limit(batch)
        // A window that began anew since is not the one that was found.
        const removed = await db
          .deleteFrom('rate_limits')
          .where('key', 'in', old)
          .where('expire', '<=', now)
          .executeTakeFirst()
        return Number(removed.numDeletedRows)
      })
    },
  }
}

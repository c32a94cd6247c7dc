import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { prune } from '../platform/jobs/prune.ts'
import type { Platform } from '../platform/platform.ts'
import { deleteEventsBefore } from './account-events-repository.ts'

const KEEP_MS = 365 * 86_400_000

export function pruneAccountEventsJob({ db, clock, log }: Platform): JobDefinition {
  return {
    name: 'prune_account_events',
    cron: '17 3 * * *',
    async run(_payload, signal) {
      const before = new Date(clock.now().getTime() - KEEP_MS)
      await prune(log, 'account events', signal, (batch) => deleteEventsBefore(db, before, batch))
    },
  }
}

import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { prune } from '../platform/jobs/prune.ts'
import type { Platform } from '../platform/platform.ts'
import { dropExpiredEmailChanges } from './users-repository.ts'

export function pruneEmailChangesJob({ db, clock, log }: Platform): JobDefinition {
  return {
    name: 'prune_email_changes',
    cron: '7 * * * *',
    async run(_payload, signal) {
      await prune(log, 'e-mail changes', signal, (batch) => dropExpiredEmailChanges(db, clock.now(), batch))
    },
  }
}

import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { prune } from '../platform/jobs/prune.ts'
import type { Platform } from '../platform/platform.ts'
import { deleteExpiredRegistrations } from './registrations-repository.ts'

export function pruneRegistrationsJob({ db, clock, log }: Platform): JobDefinition {
  return {
    name: 'prune_registrations',
    cron: '*/5 * * * *',
    async run(_payload, signal) {
      await prune(log, 'pending registrations', signal, (batch) =>
        deleteExpiredRegistrations(db, clock.now(), batch),
      )
    },
  }
}

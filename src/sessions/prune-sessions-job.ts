import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { prune } from '../platform/jobs/prune.ts'
import type { Platform } from '../platform/platform.ts'
import { deleteAddressesBefore } from './known-addresses-repository.ts'
import { deleteExpiredSessions } from './sessions-repository.ts'
import { knownSince } from './sign-in-limits.ts'

export function pruneSessionsJob({ db, clock, log }: Platform): JobDefinition {
  return {
    name: 'prune_sessions',
    cron: '*/5 * * * *',
    async run(_payload, signal) {
      const now = clock.now()
      await prune(log, 'sessions', signal, (batch) => deleteExpiredSessions(db, now, batch))
      await prune(log, 'known addresses', signal, (batch) =>
        deleteAddressesBefore(db, knownSince(now), batch),
      )
    },
  }
}

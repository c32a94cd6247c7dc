import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { prune } from '../platform/jobs/prune.ts'
import type { Platform } from '../platform/platform.ts'
import { deleteExpiredCodes } from './one-time-codes-repository.ts'

export function pruneCodesJob({ db, clock, log }: Platform): JobDefinition {
  return {
    name: 'prune_codes',
    cron: '*/5 * * * *',
    async run(_payload, signal) {
      await prune(log, 'codes', signal, (batch) => deleteExpiredCodes(db, clock.now(), batch))
    },
  }
}

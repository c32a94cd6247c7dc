import { sendNoticeJob } from './account-events/notices.ts'
import { pruneAccountEventsJob } from './account-events/prune-account-events-job.ts'
import { startPasswordResetJob } from './auth/forgot-password.ts'
import { pruneRegistrationsJob } from './auth/prune-registrations-job.ts'
import { registrationAttemptJob } from './auth/registration-attempt-job.ts'
import { resendVerificationJob } from './auth/resend-verification.ts'
import { runBacktestsJob, tendBacktestsJob } from './backtests/run-backtests-job.ts'
import { createRunner } from './backtests/runner.ts'
import { importFromExchangeJob } from './market-data/import-from-exchange-job.ts'
import { pruneMarketDataJob } from './market-data/prune-market-data-job.ts'
import { pruneCodesJob } from './one-time-codes/prune-codes-job.ts'
import { sendCodeMailJob } from './one-time-codes/send-code-mail-job.ts'
import { pruneRateLimitsJob } from './platform/http/prune-rate-limits-job.ts'
import type { JobDefinition } from './platform/jobs/jobs.ts'
import type { Platform } from './platform/platform.ts'
import { pruneSessionsJob } from './sessions/prune-sessions-job.ts'
import { pruneEmailChangesJob } from './users/prune-email-changes-job.ts'

/** Jobs that need the database alone. */
function tradingJobs(platform: Platform): JobDefinition[] {
  const runner = createRunner(platform)
  return [
    // A process may leave them to others.
    ...(platform.config.backtests.threads > 0
      ? [runBacktestsJob(runner), tendBacktestsJob(platform, runner)]
      : []),
    importFromExchangeJob(platform),
    pruneMarketDataJob(platform),
  ]
}

/** The only list of jobs. */
export function jobDefinitions(platform: Platform): JobDefinition[] {
  if (platform.config.workerJobs === 'trading') return tradingJobs(platform)
  return [
    sendCodeMailJob(platform),
    sendNoticeJob(platform),
    startPasswordResetJob(platform),
    resendVerificationJob(platform),
    registrationAttemptJob(platform),
    pruneSessionsJob(platform),
    pruneCodesJob(platform),
    pruneRegistrationsJob(platform),
    pruneEmailChangesJob(platform),
    pruneAccountEventsJob(platform),
    pruneRateLimitsJob(platform),
    ...tradingJobs(platform),
  ]
}

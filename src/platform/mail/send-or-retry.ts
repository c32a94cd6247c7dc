import type { Platform } from '../platform.ts'
import { type Mail, MailError } from './mailer.ts'

export type RetryableJob = {
  name: string
  /** How often this mail was tried before. */
  attempt: number
  payload: object
  /** Seconds between two tries at most. */
  maxDelaySeconds: number
  /** Tries at most; a mail that has an end of its own needs none. */
  maxAttempts?: number
}

type Edges = Pick<Platform, 'mailer' | 'jobs' | 'db' | 'clock' | 'log' | 'metrics'>

function retryDelaySeconds(attempt: number, maxDelaySeconds: number, askedSeconds = 0): number {
  return Math.min(maxDelaySeconds, Math.max(2 ** (attempt + 1), askedSeconds))
}

/**
 * Sends a mail; where the provider cannot take it now, a later job will. Each try is a job of its own, keyed by the
 * mail, so that a wait is never longer than this kind of mail allows: the queue's own backoff grows past that.
 * @param kind for the log and the metrics
 * @returns whether the provider took it
 */
export async function sendOrRetry(
  { mailer, jobs, db, log, metrics }: Edges,
  kind: string,
  mail: Mail,
  job: RetryableJob,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await mailer.send(mail, signal)
    metrics.countMail(kind, 'sent')
    log.info({ mail: kind, mail_id: mail.id }, 'mail sent')
    return true
  } catch (error) {
    if (!(error instanceof MailError)) throw error
    metrics.countMail(kind, 'failed')
    const last = !error.retryable || job.attempt + 1 >= (job.maxAttempts ?? Number.POSITIVE_INFINITY)
    log.error({ mail: kind, mail_id: mail.id, attempt: job.attempt + 1, last, err: error }, 'mail failed')
    if (last) return false
    const seconds = retryDelaySeconds(job.attempt, job.maxDelaySeconds, error.retryAfterSeconds)
    await jobs.add(
      db,
      job.name,
      { ...job.payload, attempt: job.attempt + 1 },
      { delaySeconds: seconds, key: `mail ${mail.id}` },
    )
    return false
  }
}

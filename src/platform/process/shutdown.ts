import type { Logger } from '../logging.ts'

/** Orchestrators wait ten seconds or more before they kill. */
const DEADLINE_MS = 9_000

/**
 * Ends the process in order on SIGTERM or SIGINT: what is under way is finished, then exit 0. What does not end in
 * time is left behind; a second signal does not wait at all.
 */
export function closeOnSignal(
  log: Logger,
  close: () => Promise<void>,
  deadlineMs: number = DEADLINE_MS,
): void {
  let closing = false
  const onSignal = async (signal: NodeJS.Signals) => {
    if (closing) process.exit(1)
    closing = true
    log.info({ signal }, 'shutting down')
    const timer = setTimeout(() => {
      log.error('some work did not end in time and is left behind')
      process.exit(1)
    }, deadlineMs)
    await close().catch((err: unknown) => log.error({ err }, 'the shutdown was not clean'))
    clearTimeout(timer)
    log.info('stopped')
    process.exit(0)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

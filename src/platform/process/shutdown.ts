import type { Logger } from '../logging.ts'

/** Orchestrators wait ten seconds or more before they kill. */
const DEADLINE_MS = 9_000

/** What the primary of several processes says to each of them in the place of a signal. */
export const STOP_MESSAGE = 'stop'

export type Close = () => Promise<void>

/**
 * Starts something and ends the process in order on SIGTERM or SIGINT: what is under way is finished, then exit 0.
 * What does not end in time is left behind; a second signal does not wait at all. The word of the primary is no signal:
 * those who end a whole group of processes signal each of them, beside the primary's word.
 * @param start gives what closes it again
 * @throws what `start` throws
 */
export async function runUntilSignal(
  log: Logger,
  start: () => Promise<Close>,
  deadlineMs: number = DEADLINE_MS,
): Promise<void> {
  let closing = false
  let signals = 0
  const stop = async (reason: string) => {
    if (closing) return
    closing = true
    log.info({ reason }, 'shutting down')
    setTimeout(() => {
      log.error('some work did not end in time and is left behind')
      process.exit(1)
    }, deadlineMs)
    const close = await started
    await close().catch((err: unknown) => log.error({ err }, 'the shutdown was not clean'))
    log.info('stopped')
    process.exit(0)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1
    if (signals > 1) process.exit(1)
    stop(signal)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('message', (message) => {
    if (message === STOP_MESSAGE) stop('the primary')
  })
  const started = start()
  await started
}

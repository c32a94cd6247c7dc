import { Logger as GraphileLogger } from 'graphile-worker'
import type { Logger } from '../logging.ts'

const LEVELS = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const

/** The job library's messages in our log; its chatter one level lower than it thinks. */
export function graphileLogger(log: Logger): GraphileLogger {
  return new GraphileLogger(() => (level, message) => log[LEVELS[level]]({ component: 'jobs' }, message))
}

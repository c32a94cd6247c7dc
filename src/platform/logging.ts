import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'

export type { Logger }

export function createLogger(
  config: Pick<Config, 'environment' | 'logLevel'>,
  stream?: DestinationStream,
): Logger {
  return pino({ level: config.logLevel }, stream)
}

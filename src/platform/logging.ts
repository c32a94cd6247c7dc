import { type DestinationStream, type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Config } from './config.ts'
import { redactLine } from './log-redaction.ts'
import { currentRequest } from './request-scope.ts'

export type { Logger }

type LogSettings = Pick<Config, 'environment' | 'logLevel'>

function forPeople(destination: DestinationStream): DestinationStream {
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid',
  })
  return { write: (line) => destination.write(pretty(line)) }
}

/**
 * The log of the program: JSON lines, in development as text for people. Every line is redacted as a whole, right
 * before it is written, so it does not matter how a secret came into it.
 * @param destination where the lines go; standard output if not given
 */
export function createLogger(
  { environment, logLevel }: LogSettings,
  destination: DestinationStream = pino.destination(1),
): Logger {
  const stream = environment === 'development' ? forPeople(destination) : destination
  return pino(
    {
      level: logLevel,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => ({ ...currentRequest() }),
      hooks: { streamWrite: redactLine },
    },
    stream,
  )
}

import { type DestinationStream, type Logger, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Config } from './config.ts'
import { type LogOutage, openLogOutput } from './log-output.ts'
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
 * @param destination where the lines go; standard output if not given, which may fail
 */
export function createLogger(
  { environment, logLevel }: LogSettings,
  destination?: DestinationStream,
): Logger {
  const sayOutage = (outage: LogOutage) => log.error(outage, 'the log could not be written for a while')
  const output = destination ?? openLogOutput(sayOutage)
  const log = pino(
    {
      level: logLevel,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => ({ ...currentRequest() }),
      hooks: { streamWrite: redactLine },
    },
    environment === 'development' ? forPeople(output) : output,
  )
  return log
}

import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/** A log that could not be written for a while. */
export type LogOutage = { err: unknown; lines_lost: number }

const STANDARD_OUTPUT = 1
/** How long the reader of a full pipe gets before it is tried again, and how often. One who sleeps stops nobody. */
const BUSY_MS = 10
const BUSY_TRIES = 20

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS)
}

/**
 * Standard output that may fail, with a full disk or a reader that is gone, and does not end who writes: the service
 * matters more than its log. Lines are lost meanwhile, so that memory does not fill up, but none is left cut in two.
 * @param onRecovery called after the first line that could be written again
 * @param write writes what it can, and says how many bytes that was
 */
export function openLogOutput(
  onRecovery: (outage: LogOutage) => void,
  write: (bytes: Uint8Array) => number = (bytes) => writeSync(STANDARD_OUTPUT, bytes),
): DestinationStream {
  let outage: LogOutage | undefined
  /** The end of a line that was begun. */
  let rest: Uint8Array = new Uint8Array()
  const writeAll = (bytes: Uint8Array): Uint8Array => {
    let left = bytes
    let tries = outage === undefined ? BUSY_TRIES : 0
    while (left.length > 0) {
      try {
        left = left.subarray(write(left))
      } catch (err) {
        if (!isBusy(err) || tries === 0) {
          outage ??= { err, lines_lost: 0 }
          return left
        }
        tries -= 1
        pause()
      }
    }
    return left
  }
  return {
    write(line) {
      rest = writeAll(rest)
      const bytes = Buffer.from(line)
      const left = rest.length === 0 ? writeAll(bytes) : bytes
      const over = outage
      if (left.length > 0 && left.length < bytes.length) rest = left
      else if (over !== undefined && left.length > 0) over.lines_lost += 1
      else if (over !== undefined) {
        outage = undefined
        onRecovery(over)
      }
    },
  }
}

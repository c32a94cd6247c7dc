import type { BacktestSettings } from '../config/backtest-settings.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

/** The queues that all work beyond a few rows goes through, before it loads anything. */
export type WorkQueues = {
  /** What is checked on the event loop, one document at a time. */
  check: WorkQueue
  /** What is simulated: backtests, and what is computed again from them. */
  compute: WorkQueue
  /** What is read and answered at once: pages of tables, what a backtest will read. */
  read: WorkQueue
  /** What is streamed for as long as its client takes to read it: candles, tables as CSV and Arrow. */
  stream: WorkQueue
}

/** Tasks of a process that may be paused, so that other users have their turn. */
export const PARKED_TASKS = 3

const READS_AT_ONCE = 4
const STREAMS_AT_ONCE = 32
/** Of the memory for reading, what pages and their sorting may take. */
const PAGES_SHARE = 1 / 2

/** Open the queues of a process. */
export function openWorkQueues({ threads, memoryBytes, readBytes }: BacktestSettings): WorkQueues {
  return {
    check: createWorkQueue({
      slots: 1,
      parked: 0,
      bytes: 1_000,
      maxWaitingPerUser: 16,
      maxWaiting: 256,
      waitSeconds: 10,
    }),
    compute: createWorkQueue({
      slots: Math.max(1, threads),
      parked: PARKED_TASKS,
      bytes: memoryBytes,
      maxWaitingPerUser: 4,
      maxWaiting: 64,
      waitSeconds: 20,
    }),
    read: createWorkQueue({
      slots: READS_AT_ONCE,
      slotsPerUser: READS_AT_ONCE / 2,
      parked: 0,
      bytes: readBytes * PAGES_SHARE,
      maxWaitingPerUser: 16,
      maxWaiting: 256,
      waitSeconds: 10,
    }),
    stream: createWorkQueue({
      slots: STREAMS_AT_ONCE,
      slotsPerUser: STREAMS_AT_ONCE / 8,
      parked: 0,
      bytes: readBytes * (1 - PAGES_SHARE),
      maxWaitingPerUser: 16,
      maxWaiting: 256,
      waitSeconds: 10,
    }),
  }
}

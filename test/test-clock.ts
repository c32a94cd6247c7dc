import { mock } from 'node:test'
import { type Clock, systemClock } from '../src/platform/clock.ts'

export type TestClock = Clock & {
  /** Moves time on, or back. */
  advance(seconds: number): void
}

/**
 * Takes `Date` into its hands for the whole process, so that libraries (the limiter) see the same time as our rules.
 * Time begins at a whole second and stands still until it is moved. Timers are left alone.
 */
export function startTestClock(): TestClock {
  mock.timers.enable({ apis: ['Date'], now: Math.floor(Date.now() / 1000) * 1000 })
  return {
    now: systemClock.now,
    advance: (seconds) => mock.timers.setTime(Date.now() + seconds * 1000),
  }
}

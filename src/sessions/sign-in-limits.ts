import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Attempt, FailureLimit, Limit } from '../platform/http/rate-limits.ts'
import type { Platform } from '../platform/platform.ts'
import { addSeconds } from './session.ts'

const PER_ADDRESS: Limit = { name: 'sign_in_attempts', points: 30, seconds: 60 }
const FAILURES_HERE: FailureLimit = {
  name: 'sign_in_failures_here',
  points: 10,
  seconds: 900,
  blockSeconds: 900,
}
const FAILURES_A_DAY: FailureLimit = { name: 'sign_in_failures_a_day', points: 100, seconds: 86_400 }
const KNOWN_DEVICE_DAYS = 30

/** Since when an address counts as one of the user's own. */
export function knownSince(now: Date): Date {
  return addSeconds(now, -KNOWN_DEVICE_DAYS * 86_400)
}

/**
 * Begins an attempt to prove a password, before anything is looked up; wherever a password is proved.
 * @param isKnownDevice whether this client's address is one of the user's own: then failures from elsewhere, however
 *   many, do not keep it out. Asked only once they are too many.
 * @throws AppError `rate_limited`
 */
export async function beginSignInAttempt(
  { limits }: Pick<Platform, 'limits'>,
  { client, identifier }: { client: Client; identifier: string },
  isKnownDevice: () => Promise<boolean>,
): Promise<Attempt> {
  await limits.spend(PER_ADDRESS, client.addressKey)
  const here = await limits.attempt(FAILURES_HERE, `${client.addressKey} ${identifier}`)
  const attempts = [here]
  try {
    attempts.push(await limits.attempt(FAILURES_A_DAY, identifier))
  } catch (error) {
    const isRefusal = error instanceof AppError
    if (!isRefusal || !(await isKnownDevice().catch(() => false))) {
      await here.giveBack()
      throw error
    }
  }
  return {
    async giveBack() {
      await Promise.all(attempts.map((attempt) => attempt.giveBack()))
    },
    async fail() {
      await Promise.all(attempts.map((attempt) => attempt.fail()))
    },
  }
}

import type { Client } from '../platform/http/client-address.ts'
import type { FailureLimit, Limit } from '../platform/http/rate-limits.ts'
import type { Platform } from '../platform/platform.ts'
import { addSeconds } from './session.ts'

const PER_ADDRESS: Limit = { name: 'sign_in_attempts', points: 30, seconds: 60 }
const FAILURES_HERE: FailureLimit = {
  name: 'sign_in_failures_here',
  points: 10,
  seconds: 900,
  blockSeconds: 900,
}
const FAILURES_A_DAY: Limit = { name: 'sign_in_failures_a_day', points: 100, seconds: 86_400 }
const KNOWN_DEVICE_DAYS = 30

/** Since when an address counts as one of the user's own. */
export function knownSince(now: Date): Date {
  return addSeconds(now, -KNOWN_DEVICE_DAYS * 86_400)
}

export type SignInAttempt = {
  /** It was right, or never looked at. */
  giveBack(): Promise<void>
  /** It was wrong. */
  fail(): Promise<void>
}

/**
 * Spends an attempt to prove a password, before anything is looked up; wherever a password is proved.
 * @param isKnownDevice whether this client's address is one of the user's own: then failures from elsewhere, however
 *   many, do not keep it out. Asked only once they are too many.
 * @throws AppError `rate_limited`
 */
export async function spendSignInAttempt(
  { limits }: Pick<Platform, 'limits'>,
  { client, identifier }: { client: Client; identifier: string },
  isKnownDevice: () => Promise<boolean>,
): Promise<SignInAttempt> {
  const here = `${client.addressKey} ${identifier}`
  await limits.spend(PER_ADDRESS, client.addressKey)
  await limits.attempt(FAILURES_HERE, here)
  const withinDay = await limits.trySpend(FAILURES_A_DAY, identifier)
  if (!withinDay && !(await isKnownDevice())) {
    await limits.giveBack(FAILURES_HERE, here)
    await limits.spend(FAILURES_A_DAY, identifier)
  }
  return {
    async giveBack() {
      await Promise.all([limits.giveBack(FAILURES_HERE, here), limits.giveBack(FAILURES_A_DAY, identifier)])
    },
    fail: () => limits.blockIfSpent(FAILURES_HERE, here),
  }
}

import { isRightPassword } from '../passwords/password-hash.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import type { Caller } from './guard.ts'
import { isKnownAddress } from './known-addresses-repository.ts'
import { beginSignInAttempt, knownSince } from './sign-in-limits.ts'

/**
 * Has somebody who is signed in prove the password again, under the limits of a sign-in.
 * @param proof the password, the field that it came from, and the identifier whose limits are spent, in canonical form
 * @throws AppError `wrong_password`, `rate_limited`, `overloaded`
 */
export async function confirmPassword(
  platform: Pick<Platform, 'db' | 'clock' | 'hashing' | 'limits'>,
  { user }: Caller,
  { field, password, identifier }: { field: string; password: string; identifier: string },
  client: Client,
): Promise<void> {
  const attempt = await beginSignInAttempt(platform, { client, identifier }, () =>
    isKnownAddress(platform.db, user.id, client.addressKey, knownSince(platform.clock.now())),
  )
  const right = await isRightPassword(platform, password, user.password_hash).catch(async (error) => {
    await attempt.giveBack()
    throw error
  })
  if (right) return attempt.giveBack()
  await attempt.fail()
  throw new AppError('wrong_password', { fields: { [field]: 'is wrong' } })
}

import { noteEvent, recordEvent, recordFailure } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { hashPassword, isOldHash, isRightPassword } from '../passwords/password-hash.ts'
import type { UserRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import { deviceLabel } from '../platform/http/device.ts'
import type { Limit } from '../platform/http/rate-limits.ts'
import type { Platform } from '../platform/platform.ts'
import { isKnownAddress } from '../sessions/known-addresses-repository.ts'
import { lockUser, type SessionWithUser } from '../sessions/sessions-repository.ts'
import { beginSignInAttempt, knownSince } from '../sessions/sign-in-limits.ts'
import { startSession } from '../sessions/start-session.ts'
import { canonicalIdentifier, type Identifier } from '../users/identifier.ts'
import { findUser, noteFirstSignIn, replaceHash } from '../users/users-repository.ts'

export type Credentials = { identifier: string; password: string }

const NEW_DEVICE_NOTICES: Limit = { name: 'new_device_notices', points: 5, seconds: 86_400 }

/**
 * Starts a session for who proves a password.
 * @throws AppError `invalid_credentials`, the same for an unknown, wrong or not yet verified one; `rate_limited`;
 *   `overloaded`
 */
export async function logIn(
  platform: Platform,
  credentials: Credentials,
  client: Client,
): Promise<SessionWithUser> {
  const identifier = canonicalIdentifier(credentials.identifier)
  const attempt = await beginSignInAttempt(platform, { client, identifier: identifier.text }, () =>
    isOwnAddress(platform, identifier, client),
  )
  const signedIn = await proveAndSignIn(platform, identifier, credentials.password, client).catch(
    async (error: unknown) => {
      const isWrong = error instanceof AppError && error.code === 'invalid_credentials'
      await (isWrong ? attempt.fail() : attempt.giveBack())
      throw error
    },
  )
  await attempt.giveBack()
  return signedIn
}

/** A password that changes, or a hash that is upgraded, between the proof and the sign-in makes the proof worthless. */
async function proveAndSignIn(
  platform: Platform,
  identifier: Identifier,
  password: string,
  client: Client,
): Promise<SessionWithUser> {
  const user = await provePassword(platform, identifier, password, client)
  const signedIn = await signIn(platform, user, client)
  return signedIn ?? proveAndSignIn(platform, identifier, password, client)
}

async function isOwnAddress(
  { db, clock }: Platform,
  identifier: Identifier,
  client: Client,
): Promise<boolean> {
  const user = await findUser(db, identifier)
  if (user === undefined) return false
  return isKnownAddress(db, user.id, client.addressKey, knownSince(clock.now()))
}

/** @returns the user, with the hash that the password fits */
async function provePassword(
  platform: Platform,
  identifier: Identifier,
  password: string,
  client: Client,
): Promise<UserRow> {
  const user = await findUser(platform.db, identifier)
  const right = await isRightPassword(platform, password, user?.password_hash)
  if (user !== undefined && right) return upgraded(platform, user, password)
  if (user === undefined) noteEvent(platform, { event: 'login', outcome: 'failure', client })
  else await recordFailure(platform, platform.db, { userId: user.id, event: 'login', client })
  throw new AppError('invalid_credentials')
}

async function upgraded(platform: Platform, user: UserRow, password: string): Promise<UserRow> {
  if (!isOldHash(user.password_hash)) return user
  const better = await hashPassword(platform, password)
  const replaced = await replaceHash(platform.db, user.id, user.password_hash, better)
  return replaced ? { ...user, password_hash: better } : user
}

/** @returns nothing where the user is not the one any more whose password was proven */
async function signIn(
  platform: Platform,
  proven: UserRow,
  client: Client,
): Promise<SessionWithUser | undefined> {
  const { db, clock, limits } = platform
  const now = clock.now()
  const isNewDevice =
    proven.has_signed_in && !(await isKnownAddress(db, proven.id, client.addressKey, knownSince(now)))
  const tell = isNewDevice && (await limits.trySpend(NEW_DEVICE_NOTICES, proven.id))
  return inTransaction(db, async (tx) => {
    const user = await lockUser(tx, proven.id)
    if (user === undefined || user.password_hash !== proven.password_hash) return undefined
    const session = await startSession(platform, tx, user.id, client)
    await recordEvent(platform, tx, { userId: user.id, event: 'login', outcome: 'success', client })
    if (!user.has_signed_in) await noteFirstSignIn(tx, user.id)
    if (tell) {
      const place = { device: deviceLabel(client.userAgent), ip_address: client.ip, at: now.toISOString() }
      await sendNotice(platform, tx, { kind: 'new_device', to: user.email, name: user.name, ...place })
    }
    return { user, session }
  })
}

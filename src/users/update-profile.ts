import { recordEvent } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { MAILS_PER_ADDRESS, mayMail, sendCode } from '../one-time-codes/send-code.ts'
import type { Db, Tx } from '../platform/database/database.ts'
import type { UserRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import type { Caller } from '../sessions/guard.ts'
import { requireRecentSignIn } from '../sessions/recent-sign-in.ts'
import { addSeconds } from '../sessions/session.ts'
import { canonicalEmail } from './email-address.ts'
import { canonicalPhone } from './phone.ts'
import { findUser, isUsernameFree, type UserChanges, updateUser, usernameTaken } from './users-repository.ts'

/** What the client sent: nothing and null differ. */
export type ProfileForm = {
  name?: string | null | undefined
  username?: string | null | undefined
  email?: string | null | undefined
  country_code?: number | null | undefined
  phone?: string | null | undefined
}

const PENDING_SECONDS = 24 * 3600

/** The fields that really differ from what the user has. A null clears what can be empty and means nothing elsewhere. */
function changesOf(user: UserRow, form: ProfileForm): UserChanges {
  const wanted: UserChanges = {}
  if (typeof form.name === 'string') wanted.name = form.name.trim()
  if (typeof form.username === 'string') wanted.username = form.username
  if (form.country_code !== undefined) wanted.country_code = form.country_code
  if (form.phone !== undefined) wanted.phone = canonicalPhone(form.phone ?? '') || null
  const current: UserChanges = user
  const differs = (key: string) => Reflect.get(wanted, key) !== Reflect.get(current, key)
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => differs(key)))
}

/** The address that the user wants instead of its own. */
function newAddress(user: UserRow, { email }: ProfileForm): string | undefined {
  const current = canonicalEmail(user.email)
  const wanted = typeof email === 'string' ? canonicalEmail(email) : current
  return wanted === current ? undefined : wanted
}

/**
 * Refuses before a mail is spent on what will not happen; the index has the last word. One's own username may change
 * its case.
 */
async function refuseTakenUsername(db: Db, user: UserRow, { username }: UserChanges): Promise<void> {
  if (username === undefined || username.toLowerCase() === user.username.toLowerCase()) return
  if (!(await isUsernameFree(db, username))) throw new AppError('username_taken', usernameTaken())
}

/**
 * Changes the profile, all or nothing. A new e-mail address waits for the code that is mailed to it.
 * @throws AppError `username_taken`; `reauthentication_required` for a new address
 */
export async function updateProfile(
  platform: Platform,
  caller: Caller,
  form: ProfileForm,
  client: Client,
): Promise<UserRow> {
  const { db, clock, limits } = platform
  const { user } = caller
  const changes = changesOf(user, form)
  const email = newAddress(user, form)
  if (email === undefined && Object.keys(changes).length === 0) return user
  let mayBeMailed = false
  let owner: UserRow | undefined
  if (email !== undefined) {
    requireRecentSignIn(platform, caller)
    await limits.spend(MAILS_PER_ADDRESS, client.addressKey)
    await refuseTakenUsername(db, user, changes)
    owner = await findUser(db, { kind: 'email', text: email })
    mayBeMailed = await mayMail(platform, 'email_change', email)
  }
  const now = clock.now()
  return inTransaction(db, async (tx) => {
    const pending =
      email === undefined
        ? {}
        : { pending_email: email, pending_email_expires_at: addSeconds(now, PENDING_SECONDS) }
    const updated = await updateUser(tx, user.id, { ...changes, ...pending }, now)
    if (email !== undefined && mayBeMailed) await mailNewAddress(platform, tx, user.id, email, owner)
    const event = email === undefined ? 'profile_updated' : 'email_change_requested'
    await recordEvent(platform, tx, { userId: user.id, event, outcome: 'success', client })
    return updated
  })
}

/** A taken address answers like a free one; its owner is told instead. */
async function mailNewAddress(
  platform: Platform,
  tx: Tx,
  userId: string,
  email: string,
  owner: UserRow | undefined,
): Promise<void> {
  if (owner === undefined) return sendCode(platform, tx, { purpose: 'email_change', userId, email })
  return sendNotice(platform, tx, { kind: 'registration_attempt', to: owner.email, name: owner.name })
}

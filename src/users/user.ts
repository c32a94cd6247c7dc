import type { UserRow } from '../platform/database/tables.ts'

/** A user as clients see it: these fields and no others ever leave. */
export type PublicUser = {
  id: string
  name: string
  email: string
  username: string
  country_code: number | null
  phone: string | null
  is_verified: boolean
  created_at: string
  updated_at: string
  pending_email?: string
}

type Shown = Omit<UserRow, 'password_hash' | 'pending_email' | 'pending_email_expires_at' | 'has_signed_in'>

export function unverifiedUser(user: Shown): PublicUser {
  return { ...shown(user), is_verified: false }
}

export function publicUser(user: UserRow, now: Date): PublicUser {
  const pending = pendingEmail(user, now)
  return { ...shown(user), ...(pending === undefined ? {} : { pending_email: pending }) }
}

/** The address that waits for its code, while it does. */
export function pendingEmail(
  { pending_email, pending_email_expires_at }: Pick<UserRow, 'pending_email' | 'pending_email_expires_at'>,
  now: Date,
): string | undefined {
  if (pending_email === null || pending_email_expires_at === null) return undefined
  return pending_email_expires_at > now ? pending_email : undefined
}

function shown(user: Shown): PublicUser {
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    username: user.username,
    country_code: user.country_code,
    phone: user.phone,
    is_verified: true,
    created_at: user.created_at.toISOString(),
    updated_at: user.updated_at.toISOString(),
  }
}

import type { ColumnType, Generated, Selectable } from 'kysely'

type OnCreate<T> = ColumnType<T, T, never>

export type UsersTable = {
  id: OnCreate<string>
  name: string
  email: string
  username: string
  password_hash: string
  country_code: number | null
  phone: string | null
  pending_email: string | null
  pending_email_expires_at: Date | null
  /** Known addresses are forgotten after a while; that there was a first sign-in is not. */
  has_signed_in: Generated<boolean>
  created_at: OnCreate<Date>
  updated_at: Date
}

export type UserRow = Selectable<UsersTable>

export type PendingRegistrationsTable = {
  id: OnCreate<string>
  name: OnCreate<string>
  email: OnCreate<string>
  username: OnCreate<string>
  password_hash: OnCreate<string>
  created_at: OnCreate<Date>
  expires_at: OnCreate<Date>
}

export type CodePurpose = 'verification' | 'password_reset' | 'email_change'

export type OneTimeCodesTable = {
  id: string
  /** Names the key that the digits are cut with. */
  key_id: string
  purpose: OnCreate<CodePurpose>
  registration_id: OnCreate<string | null>
  user_id: OnCreate<string | null>
  /** The address that a change of address is for. */
  new_email: string | null
  attempts: number
  created_at: Date
  expires_at: Date
}

export type SessionsTable = {
  id: OnCreate<string>
  user_id: OnCreate<string>
  generation: Generated<number>
  created_at: OnCreate<Date>
  rotated_at: Date
  authenticated_at: Date
  expires_at: Date
  user_agent: OnCreate<string>
  ip_address: OnCreate<string>
}

export type SessionRow = Selectable<SessionsTable>

export type KnownAddressesTable = {
  user_id: OnCreate<string>
  address_key: OnCreate<string>
  last_sign_in_at: Date
}

export type AccountEventsTable = {
  id: OnCreate<string>
  user_id: OnCreate<string | null>
  event: OnCreate<string>
  outcome: OnCreate<'success' | 'failure'>
  ip_address: OnCreate<string | null>
  user_agent: OnCreate<string | null>
  created_at: OnCreate<Date>
}

export type RateLimitsTable = {
  key: string
  points: number
  expire: string | null
}

export type Database = {
  users: UsersTable
  pending_registrations: PendingRegistrationsTable
  one_time_codes: OneTimeCodesTable
  sessions: SessionsTable
  known_addresses: KnownAddressesTable
  account_events: AccountEventsTable
  rate_limits: RateLimitsTable
}

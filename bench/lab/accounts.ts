import type { Config } from '../../src/platform/config.ts'
import { openDatabase } from '../../src/platform/database/database.ts'
import { migrateUp } from '../../src/platform/database/migrator.ts'
import { openHashingPool } from '../../src/platform/hashing/hashing-pool.ts'
import { createLogger } from '../../src/platform/logging.ts'
import { tokenPair } from '../../src/sessions/session.ts'
import { query } from './database.ts'

export const PASSWORD = 'violet-tangent-9-harbour'
export const SESSIONS_PER_USER = 5
/** The first users sign in again and again; the sessions of all others stay. */
export const SIGNING_IN = 250
/** From so many addresses each, all known, since one address may sign in 30 times a minute. */
const ADDRESSES_PER_USER = 16

const SESSION_DAYS = 7

/** The time at which all accounts and sessions were made. */
export type Accounts = { users: number; madeAt: Date }

function numbered(prefix: string, n: number): string {
  return `${prefix}${n.toString(16).padStart(12, '0')}`
}

export const USER_IDS = '01900000-0000-7000-8000-'
export const SESSION_IDS = '01900000-0000-7000-9000-'

export const userId = (n: number): string => numbered(USER_IDS, n)
export const sessionId = (n: number): string => numbered(SESSION_IDS, n)
export const emailOf = (n: number): string => `user-${n}@example.com`

/** An address of the net, one for each number. */
export function addressOf(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
}

/** The id with that number, as SQL. */
export function uuidOf(prefix: string, n: string): string {
  return `('${prefix}' || lpad(to_hex(${n}), 12, '0'))::uuid`
}

const FILL_USERS = `INSERT INTO users
  (id, name, email, username, password_hash, has_signed_in, created_at, updated_at)
  SELECT ${uuidOf(USER_IDS, 'n')}, 'User ' || n, 'user-' || n || '@example.com', 'user-' || n, $2, true, $3, $3
  FROM generate_series(0, $1::integer - 1) n`

const FILL_SESSIONS = `INSERT INTO sessions
  (id, user_id, created_at, rotated_at, authenticated_at, expires_at, user_agent, ip_address)
  SELECT ${uuidOf(SESSION_IDS, 'n')}, ${uuidOf(USER_IDS, `n / ${SESSIONS_PER_USER}`)}, $2, $2, $2,
    $2::timestamptz + interval '${SESSION_DAYS} days',
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', '10.0.0.1'
  FROM generate_series(0, $1::integer * ${SESSIONS_PER_USER} - 1) n`

const FILL_ADDRESSES = `INSERT INTO known_addresses (user_id, address_key, last_sign_in_at)
  SELECT ${uuidOf(USER_IDS, `n / ${ADDRESSES_PER_USER}`)},
    format('10.%s.%s.%s', (n >> 16) & 255, (n >> 8) & 255, n & 255), $1
  FROM generate_series(0, ${SIGNING_IN * ADDRESSES_PER_USER - 1}) n`

async function migrate(url: string): Promise<void> {
  const database = openDatabase({ url, poolSize: 2, preparedStatements: true, queryTimeoutMs: 0 })
  await migrateUp(database, createLogger({ environment: 'production', logLevel: 'warn' }))
  await database.db.destroy()
}

/** Makes our tables, and in them so many users, each with sessions. */
export async function fillAccounts(url: string, users: number): Promise<Accounts> {
  await migrate(url)
  const hashing = openHashingPool({ threads: 1 })
  const hash = await hashing.hash(PASSWORD)
  await hashing.close()
  const madeAt = new Date()
  await query(url, FILL_USERS, [users, hash, madeAt])
  await query(url, FILL_SESSIONS, [users, madeAt])
  await query(url, FILL_ADDRESSES, [madeAt])
  await query(url, 'VACUUM ANALYZE')
  return { users, madeAt }
}

/** The numbers of sessions, spread evenly over all users that do not sign in. */
export function sessionNumbers({ users }: Accounts, count: number): number[] {
  const first = SIGNING_IN * SESSIONS_PER_USER
  const step = (users * SESSIONS_PER_USER - first) / count
  return Array.from({ length: count }, (_, i) => first + Math.floor(i * step))
}

/** What the API would have answered to the sign-in that began this session. */
export function tokensOfSession(config: Config, { madeAt }: Accounts, n: number) {
  return tokenPair(config, {
    id: sessionId(n),
    user_id: userId(Math.floor(n / SESSIONS_PER_USER)),
    generation: 0,
    created_at: madeAt,
    rotated_at: madeAt,
  })
}

/** Who signs in from where, so that every sign-in is one from a known device. */
export function signIns(): { email: string; address: string }[] {
  return Array.from({ length: SIGNING_IN * ADDRESSES_PER_USER }, (_, i) => {
    // One user after another rather than one user's addresses in a row.
    const user = i % SIGNING_IN
    const address = user * ADDRESSES_PER_USER + Math.floor(i / SIGNING_IN)
    return { email: emailOf(user), address: addressOf(address) }
  })
}

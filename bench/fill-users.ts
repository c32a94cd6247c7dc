import { randomUUIDv7 } from 'node:crypto'
import type { Db } from '../src/platform/database/database.ts'
import { openHashingPool } from '../src/platform/hashing/hashing-pool.ts'

export type BenchUser = { email: string; password: string; accessToken: string; refreshToken: string }

const USERS = 1_000
const SIGNED_IN = 64
const PASSWORD = 'violet-tangent-9-harbour'

/** Puts users into the database and signs some of them in over HTTP. */
export async function fillUsers(db: Db, base: string): Promise<BenchUser[]> {
  const hashing = openHashingPool()
  const hash = await hashing.hash(PASSWORD)
  await hashing.close()
  const now = new Date()
  const rows = Array.from({ length: USERS }, (_, i) => ({
    id: randomUUIDv7(),
    name: `User ${i}`,
    email: `user-${i}@example.com`,
    username: `user-${i}`,
    password_hash: hash,
    country_code: null,
    phone: null,
    pending_email: null,
    pending_email_expires_at: null,
    created_at: now,
    updated_at: now,
  }))
  await db.insertInto('users').values(rows).execute()
  const users: BenchUser[] = []
  for (const { email } of rows.slice(0, SIGNED_IN))
    users.push(await signIn(base, email, `10.200.0.${users.length}`))
  return users
}

async function signIn(base: string, email: string, ip: string): Promise<BenchUser> {
  const answer = await fetch(`${base}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': ip },
    body: JSON.stringify({ identifier: email, password: PASSWORD }),
  })
  const { data, api_error: error } = JSON.parse(await answer.text())
  if (data === null) throw new Error(error.errors.detail)
  return { email, password: PASSWORD, accessToken: data.access_token, refreshToken: data.refresh_token }
}

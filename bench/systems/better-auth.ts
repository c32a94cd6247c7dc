import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { freePort } from '../../src/platform/database/embedded/server.ts'
import { emailOf, PASSWORD, SESSIONS_PER_USER } from '../lab/accounts.ts'
import { type Postgres, query } from '../lab/database.ts'
import { install } from '../lab/install.ts'
import { type RunningServer, startServer } from '../lab/server-process.ts'

export type BetterAuthSystem = {
  server: RunningServer
  /** The cookies of all sessions, by their numbers. */
  cookies: string[]
}

const SOURCE = join(import.meta.dirname, '../peers/better-auth')

const FILL_USERS = `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
  SELECT 'user-' || n, 'User ' || n, 'user-' || n || '@example.com', true, now(), now()
  FROM generate_series(1, $1::integer - 1) n`

/** Everybody has the password of the first, who signed up. */
const FILL_ACCOUNTS = `INSERT INTO account
    (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
  SELECT 'account-' || u.id, u.id, 'credential', u.id, first.password, now(), now()
  FROM "user" u, (SELECT password FROM account) first WHERE u.id LIKE 'user-%'`

const FILL_SESSIONS = `INSERT INTO session
    (id, "expiresAt", token, "createdAt", "updatedAt", "ipAddress", "userAgent", "userId")
  SELECT 'session-' || n, now() + interval '7 days', token, now(), now(), '10.0.0.1',
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'user-' || 1 + (n - 1) / ${SESSIONS_PER_USER} % $2::integer
  FROM unnest($1::text[]) WITH ORDINALITY AS given (token, n)`

async function signUpFirst(base: string): Promise<void> {
  const answer = await fetch(`${base}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: base },
    body: JSON.stringify({ name: 'User 0', email: emailOf(0), password: PASSWORD }),
  })
  if (!answer.ok) throw new Error(`Better Auth did not sign up: ${answer.status} ${await answer.text()}`)
}

/** As its own cookies are signed. */
function cookieOf(secret: string, token: string): string {
  const signature = createHmac('sha256', secret).update(token).digest('base64')
  return `better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`
}

/** Starts the Better Auth peer in one process. @throws Unavailable where it cannot be installed */
export async function startBetterAuth(postgres: Postgres, users: number): Promise<BetterAuthSystem> {
  const folder = await install({
    name: 'better-auth',
    source: SOURCE,
    packages: 'package-lock.json',
    commands: [{ command: 'npm', args: ['ci', '--no-audit', '--no-fund', '--loglevel=error'] }],
  })
  const url = await postgres.create('better_auth')
  const port = await freePort()
  const secret = randomBytes(32).toString('hex')
  const server = await startServer({
    name: 'Better Auth',
    command: process.execPath,
    args: [join(folder, 'server.mjs')],
    env: { DATABASE_URL: url, PORT: String(port), BETTER_AUTH_SECRET: secret, NODE_ENV: 'production' },
    port,
    readyPath: '/api/auth/ok',
  })
  await signUpFirst(server.base)
  await query(url, FILL_USERS, [users])
  await query(url, FILL_ACCOUNTS)
  const tokens = Array.from({ length: users * SESSIONS_PER_USER }, () =>
    randomBytes(24).toString('base64url'),
  )
  await query(url, FILL_SESSIONS, [tokens, users - 1])
  await query(url, 'VACUUM ANALYZE')
  return { server, cookies: tokens.map((token) => cookieOf(secret, token)) }
}

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { SignJWT } from 'jose'
import { freePort } from '../../src/platform/database/embedded/server.ts'
import { PASSWORD, SESSIONS_PER_USER, sessionId, userId } from '../lab/accounts.ts'
import { type Postgres, query } from '../lab/database.ts'
import { install } from '../lab/install.ts'
import { type RunningServer, startServer } from '../lab/server-process.ts'

export type FastApiSystem = {
  server: RunningServer
  /** The tokens of all sessions, by their numbers. */
  tokens: { access: string; refresh: string }[]
}

const SOURCE = join(import.meta.dirname, '../peers/fastapi')
/** The older version's, which is passlib's default. */
const BCRYPT_ROUNDS = 12

/** The tables as the older version's last revision left them. */
const SCHEMA = `
  CREATE TABLE users (
    id varchar(150) PRIMARY KEY, name varchar(50) NOT NULL, email varchar(100) NOT NULL UNIQUE,
    username varchar(50) NOT NULL, password varchar(100) NOT NULL, country_code integer, phone varchar(10) UNIQUE,
    is_verified boolean NOT NULL, verification_code varchar(36), verification_code_expiry timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz DEFAULT now());
  CREATE UNIQUE INDEX ix_users_username ON users (username);
  CREATE INDEX ix_users_id ON users (id);
  CREATE TABLE sessions (
    id varchar(150) PRIMARY KEY, refresh_token varchar(500) NOT NULL, expires_at timestamptz NOT NULL,
    user_id varchar(150) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_agent varchar(255), ip_address varchar(45),
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz DEFAULT now());
  CREATE INDEX ix_sessions_user_id ON sessions (user_id);`

const FILL_USERS = `INSERT INTO users (id, name, email, username, password, is_verified)
  SELECT id, 'User ' || n - 1, 'user-' || n - 1 || '@example.com', 'user-' || n - 1, $2, true
  FROM unnest($1::text[]) WITH ORDINALITY AS given (id, n)`

const FILL_SESSIONS = `INSERT INTO sessions (id, user_id, refresh_token, expires_at, user_agent, ip_address)
  SELECT id, user_id, token, now() + interval '7 days',
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', '10.0.0.1'
  FROM unnest($1::text[], $2::text[], $3::text[]) AS given (id, user_id, token)`

function sign(secret: string, user: string, session: string): Promise<string> {
  return new SignJWT({ sub: user, sid: session })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime('1 day')
    .sign(Buffer.from(secret))
}

type Secrets = { access: string; refresh: string }

async function fill(url: string, users: number, secrets: Secrets): Promise<FastApiSystem['tokens']> {
  const hash = await bcrypt.hash(PASSWORD, BCRYPT_ROUNDS)
  await query(url, FILL_USERS, [Array.from({ length: users }, (_, n) => userId(n)), hash])
  const sessions = await Promise.all(
    Array.from({ length: users * SESSIONS_PER_USER }, async (_, n) => {
      const [id, user] = [sessionId(n), userId(Math.floor(n / SESSIONS_PER_USER))]
      const access = await sign(secrets.access, user, id)
      return { id, user, access, refresh: await sign(secrets.refresh, user, id) }
    }),
  )
  await query(url, FILL_SESSIONS, [
    sessions.map(({ id }) => id),
    sessions.map(({ user }) => user),
    sessions.map(({ refresh }) => refresh),
  ])
  await query(url, 'VACUUM ANALYZE')
  return sessions
}

/** Starts the FastAPI peer in one process. @throws Unavailable where it cannot be installed */
export async function startFastApi(postgres: Postgres, users: number): Promise<FastApiSystem> {
  const folder = await install({
    name: 'fastapi',
    source: SOURCE,
    packages: 'requirements.txt',
    commands: [
      { command: 'python3', args: ['-m', 'venv', 'venv'] },
      {
        command: 'venv/bin/python',
        args: ['-m', 'pip', 'install', '--quiet', '--requirement', 'requirements.txt'],
      },
    ],
  })
  const url = await postgres.create('fastapi')
  await query(url, SCHEMA)
  const secrets = { access: randomBytes(32).toString('hex'), refresh: randomBytes(32).toString('hex') }
  const tokens = await fill(url, users, secrets)
  const port = await freePort()
  const server = await startServer({
    name: 'FastAPI',
    command: join(folder, 'venv/bin/python'),
    args: ['-m', 'uvicorn', 'app:app', '--app-dir', folder, '--port', String(port), '--no-access-log'],
    env: {
      DATABASE_URL: url.replace('postgresql:', 'postgresql+asyncpg:'),
      ACCESS_TOKEN_SECRET_KEY: secrets.access,
      REFRESH_TOKEN_SECRET_KEY: secrets.refresh,
      MAX_SESSIONS_PER_USER: String(SESSIONS_PER_USER),
    },
    port,
    readyPath: '/health',
  })
  return { server, tokens }
}

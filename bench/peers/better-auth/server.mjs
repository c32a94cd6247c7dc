import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import pg from 'pg'

/*
 * Better Auth as its guide sets it up: e-mail and password on PostgreSQL. Its limits are off, which favours it, and
 * so is its telemetry.
 */

const { DATABASE_URL, PORT, BETTER_AUTH_SECRET } = process.env
const baseURL = `http://127.0.0.1:${PORT}`

const auth = betterAuth({
  baseURL,
  secret: BETTER_AUTH_SECRET,
  database: new pg.Pool({ connectionString: DATABASE_URL, max: 10 }),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
})

const { runMigrations } = await getMigrations(auth.options)
await runMigrations()

const server = createServer(toNodeHandler(auth))
server.listen(Number(PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))

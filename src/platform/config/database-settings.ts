import type { Settings } from './settings.ts'
import { passwordOf } from './shared-secrets.ts'
import { isExamplePassword } from './weak-secret.ts'

export type DatabaseSettings = {
  /** As pg understands it; undefined in development for the embedded server. */
  url: string | undefined
  /** Past a pooler, for LISTEN and migrations. */
  directUrl: string | undefined
  /** Connections at most, per process. */
  poolSize: number
  preparedStatements: boolean
}

/** What SQLAlchemy with asyncpg, libpq and pg call the same things. */
const SSL_MODES = new Map([
  ['disable', 'disable'],
  ['false', 'disable'],
  ['0', 'disable'],
  ['off', 'disable'],
  ['require', 'require'],
  ['no-verify', 'require'],
  ['verify-ca', 'verify-ca'],
  ['verify-full', 'verify-full'],
  ['true', 'verify-full'],
  ['1', 'verify-full'],
  ['on', 'verify-full'],
])

function applySslMode(url: URL): string | undefined {
  const given = url.searchParams.get('sslmode') ?? url.searchParams.get('ssl')
  if (given === null) return undefined
  const mode = SSL_MODES.get(given.toLowerCase())
  if (mode === undefined) {
    return 'has an unknown ssl mode; use disable, require, verify-ca or verify-full (others may fall back to plain text)'
  }
  if (mode === 'verify-ca' && !url.searchParams.has('sslrootcert')) {
    return 'asks for verify-ca without an sslrootcert; add it or use verify-full'
  }
  url.searchParams.delete('ssl')
  url.searchParams.set('sslmode', mode)
  // Without this pg reads every mode as verify-full, and "require" fails on a certificate of one's own.
  url.searchParams.set('uselibpqcompat', 'true')
  return undefined
}

function isCompleteUrl(url: URL): boolean {
  const host = url.hostname || url.searchParams.get('host')
  return Boolean(host) && url.pathname.length > 1 && url.hash === ''
}

/** A URL as pg understands it, from one as SQLAlchemy or libpq write it; or what is wrong with it. */
export function normaliseDatabaseUrl(text: string): { url: string } | { problem: string } {
  const match = /^postgres(?:ql)?(?:\+[a-z0-9]+)?:(?=\/\/)/i.exec(text)
  if (match === null) return { problem: 'must begin with postgresql://' }
  const url = URL.parse(`postgresql:${text.slice(match[0].length)}`)
  if (url === null || !isCompleteUrl(url)) {
    return {
      problem:
        'must look like postgresql://user:password@host:5432/name, with special characters percent-encoded',
    }
  }
  const problem = applySslMode(url)
  return problem === undefined ? { url: url.href } : { problem }
}

function readUrl(settings: Settings, name: string): string | undefined {
  const text = settings.text(name)
  if (text === undefined) return undefined
  const result = normaliseDatabaseUrl(text)
  if ('problem' in result) {
    settings.fault(name, result.problem)
    return undefined
  }
  const password = passwordOf(result.url)
  const isExample =
    password !== undefined && (isExamplePassword(password) || password === URL.parse(result.url)?.username)
  if (settings.environment === 'production' && isExample) {
    settings.fault(name, 'has the password of an example; make one with: openssl rand -hex 24')
  }
  return result.url
}

export function readDatabaseSettings(settings: Settings): DatabaseSettings {
  if (settings.environment === 'production' && settings.text('DATABASE_URL') === undefined) {
    settings.fault('DATABASE_URL', 'is needed in production; give the address of your PostgreSQL database')
  }
  return {
    url: readUrl(settings, 'DATABASE_URL'),
    directUrl: readUrl(settings, 'DATABASE_DIRECT_URL'),
    poolSize: settings.integer('DATABASE_POOL_SIZE', { fallback: 10, min: 1, max: 1000 }),
    preparedStatements: settings.flag('DATABASE_PREPARED_STATEMENTS', true),
  }
}

import type { Settings } from './settings.ts'
import { weakness } from './weak-secret.ts'

export type TokenSettings = {
  /** The first signs, all verify. */
  accessSecrets: string[]
  refreshSecrets: string[]
  algorithm: 'HS256' | 'HS384' | 'HS512'
  accessMinutes: number
  refreshMinutes: number
}

const MIN_SECRET_BYTES = 32
const MAX_REFRESH_MINUTES = 30 * 24 * 60
const ALGORITHMS = { hs256: 'HS256', hs384: 'HS384', hs512: 'HS512' } as const

const HOW_TO_MAKE_ONE = 'make one with: openssl rand -base64 48'

function secretProblem(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    return `has a key under ${MIN_SECRET_BYTES} bytes; ${HOW_TO_MAKE_ONE}`
  }
  const reason = weakness(secret)
  return reason && `has a key that can be guessed (${reason}); ${HOW_TO_MAKE_ONE}`
}

function readSecrets(settings: Settings, name: string): string[] {
  const secrets = settings.list(name)
  if (settings.environment !== 'production') return secrets
  if (secrets.length === 0) settings.fault(name, `is needed in production; ${HOW_TO_MAKE_ONE}`)
  const problems = new Set(secrets.map(secretProblem).filter((problem) => problem !== undefined))
  for (const problem of problems) settings.fault(name, problem)
  if (new Set(secrets).size < secrets.length) settings.fault(name, 'lists a key twice')
  return secrets
}

/**
 * Reads the tokens' settings. Outside production the secrets may be empty: then they are still to be made.
 * @param needs the secrets that the program works with; production demands these alone
 */
export function readTokenSettings(
  settings: Settings,
  needs: { accessSecret: boolean; refreshSecret: boolean },
): TokenSettings {
  const undemanding: Settings = { ...settings, environment: 'test' }
  const accessSecrets = readSecrets(needs.accessSecret ? settings : undemanding, 'ACCESS_TOKEN_SECRET_KEY')
  const refreshSecrets = readSecrets(needs.refreshSecret ? settings : undemanding, 'REFRESH_TOKEN_SECRET_KEY')
  const accessMinutes = settings.integer('ACCESS_TOKEN_EXPIRE_MINUTES', { fallback: 30, min: 1, max: 1440 })
  const refreshMinutes = settings.integer('REFRESH_TOKEN_EXPIRE_MINUTES', {
    fallback: 10_080,
    min: 1,
    max: MAX_REFRESH_MINUTES,
  })
  if (refreshMinutes < accessMinutes) {
    settings.fault('REFRESH_TOKEN_EXPIRE_MINUTES', 'must not be less than ACCESS_TOKEN_EXPIRE_MINUTES')
  }
  const algorithm = settings.choice('JWT_ALGORITHMS', ALGORITHMS) ?? 'HS256'
  return { accessSecrets, refreshSecrets, algorithm, accessMinutes, refreshMinutes }
}

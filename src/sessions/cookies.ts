import type { FastifyReply } from 'fastify'
import type { Config } from '../platform/config.ts'
import type { TokenPair } from './session.ts'

export const ACCESS_COOKIE = 'access_token'
export const REFRESH_COOKIE = 'refresh_token'

function options(config: Config) {
  return {
    httpOnly: true,
    sameSite: 'lax',
    secure: config.environment === 'production',
    path: '/',
    ...(config.cookieDomain === undefined ? {} : { domain: config.cookieDomain }),
  } as const
}

function secondsUntil(time: Date, now: Date): number {
  return Math.max(0, Math.floor((time.getTime() - now.getTime()) / 1000))
}

export function setTokenCookies(reply: FastifyReply, config: Config, pair: TokenPair, now: Date): void {
  const base = options(config)
  reply.setCookie(ACCESS_COOKIE, pair.accessToken, {
    ...base,
    maxAge: secondsUntil(pair.accessExpiresAt, now),
  })
  reply.setCookie(REFRESH_COOKIE, pair.refreshToken, {
    ...base,
    maxAge: secondsUntil(pair.refreshExpiresAt, now),
  })
}

export function clearTokenCookies(reply: FastifyReply, config: Config): void {
  const gone = { ...options(config), maxAge: 0, expires: new Date(0) }
  reply.setCookie(ACCESS_COOKIE, '', gone)
  reply.setCookie(REFRESH_COOKIE, '', gone)
}

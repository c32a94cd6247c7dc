import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../platform/config.ts'
import { REGISTRATION_SECONDS } from './register.ts'

const COOKIE = 'registration'

function options(config: Config) {
  return {
    httpOnly: true,
    sameSite: 'lax',
    secure: config.environment === 'production',
    path: '/api/v1/auth',
    ...(config.cookieDomain === undefined ? {} : { domain: config.cookieDomain }),
  } as const
}

/** Binds this browser to the registration that it began. The id is random, and only this answer tells it. */
export function setRegistrationCookie(reply: FastifyReply, config: Config, registrationId: string): void {
  reply.setCookie(COOKIE, registrationId, { ...options(config), maxAge: REGISTRATION_SECONDS })
}

export function clearRegistrationCookie(reply: FastifyReply, config: Config): void {
  reply.setCookie(COOKIE, '', { ...options(config), maxAge: 0, expires: new Date(0) })
}

export function registrationCookie(request: FastifyRequest): string | undefined {
  return request.cookies[COOKIE]
}

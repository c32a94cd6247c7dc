import { isIP } from 'node:net'
import type { Settings } from './settings.ts'

export type NetworkSettings = {
  host: string
  /** 0 for any free port. */
  port: number
  corsAllowedOrigins: string[]
  /** Addresses and CIDRs; empty for none. */
  trustedProxies: string[]
  cookieDomain: string | undefined
  /** Host names, in lower case, under which development is reached besides this machine's own. */
  devAllowedHosts: string[]
}

const LOCAL_ORIGINS = ['http://localhost:3000', 'http://localhost:5173']
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

function isBareOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*')
}

function readOrigins(settings: Settings): string[] {
  const given = settings.list('CORS_ALLOWED_ORIGINS')
  if (given.some((origin) => origin.includes('*'))) {
    settings.fault('CORS_ALLOWED_ORIGINS', 'must not hold a wildcard: cookies are sent, so name every origin')
  } else if (!given.every(isBareOrigin)) {
    settings.fault(
      'CORS_ALLOWED_ORIGINS',
      'must be a comma-separated list of origins such as https://app.example.com: lower case, no path, no slash at the end',
    )
  }
  if (given.length > 0 || settings.environment === 'production') return given
  return LOCAL_ORIGINS
}

function isProxy(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = isIP(address) === 4 ? 32 : 128
  // A zone (fe80::1%eth0) names a network card of this machine; Fastify knows none.
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return false
  // A prefix of 0 would let everybody choose the address that limits are counted by.
  return prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits)
}

function readProxies(settings: Settings): string[] {
  const given = settings.list('TRUSTED_PROXIES')
  if (given.length === 0 && settings.environment === 'production') {
    settings.fault(
      'TRUSTED_PROXIES',
      'is needed in production: the addresses of your reverse proxies, or none',
    )
  }
  if (given.length === 1 && given[0]?.toLowerCase() === 'none') return []
  if (!given.every(isProxy)) {
    settings.fault(
      'TRUSTED_PROXIES',
      'must be addresses and CIDRs (10.0.0.2, 172.16.0.0/12, fd00::/8), or none',
    )
  }
  return given
}

function readHost(settings: Settings): string {
  const host = settings.text('HOST') ?? '127.0.0.1'
  if (isIP(host) === 0 && !HOST_NAME.test(host)) {
    settings.fault('HOST', 'must be an address or a host name to listen on, without scheme and port')
  }
  return host
}

function readCookieDomain(settings: Settings): string | undefined {
  const domain = settings.text('COOKIE_DOMAIN')?.replace(/^\./, '')
  if (domain !== undefined && (isIP(domain) !== 0 || !HOST_NAME.test(domain))) {
    settings.fault('COOKIE_DOMAIN', 'must be a bare domain such as example.com: no scheme, port or path')
  }
  return domain
}

function readDevAllowedHosts(settings: Settings): string[] {
  const hosts = settings.list('DEV_ALLOWED_HOSTS').map((host) => host.toLowerCase())
  if (!hosts.every((host) => isIP(host) !== 0 || HOST_NAME.test(host))) {
    settings.fault(
      'DEV_ALLOWED_HOSTS',
      'must be host names and addresses, comma-separated, without scheme and port',
    )
  }
  return hosts
}

export function readNetworkSettings(settings: Settings): NetworkSettings {
  return {
    host: readHost(settings),
    port: settings.integer('PORT', { fallback: 8000, min: 0, max: 65_535 }),
    corsAllowedOrigins: readOrigins(settings),
    trustedProxies: readProxies(settings),
    cookieDomain: readCookieDomain(settings),
    devAllowedHosts: readDevAllowedHosts(settings),
  }
}

import { isIP, isIPv4 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'

/** Who sends a request, as far as can be known. */
export type Client = {
  /** A readable address, mapped IPv4 folded; "Unknown" where the socket has none. */
  ip: string
  /** What limits count by: the IPv4 address, or the IPv6 /64, which is what one customer gets. */
  addressKey: string
  /** The `User-Agent` as sent, cut to 255 characters; "Unknown" where there is none. */
  userAgent: string
}

const MAX_USER_AGENT = 255

/** Several ask, and finding it out behind a proxy means reading its header. */
const clients = new WeakMap<FastifyRequest, Client>()

/** The bucket of an address. Any spelling of one address, and all of one IPv6 /64, give the same key. */
export function addressKey(address: string): string {
  // Most are, and this takes a tenth of the time.
  if (isIPv4(address)) return address
  const parsed = parse(address)
  if (parsed === undefined) return 'unknown'
  if (parsed instanceof ipaddr.IPv6) {
    const network = parsed.parts.slice(0, 4).map((part) => part.toString(16))
    return `${network.join(':')}::/64`
  }
  return parsed.toString()
}

/**
 * The client of a request. `request.ip` is the socket's address, or the right-most untrusted hop of
 * `X-Forwarded-For` where the peer is a trusted proxy (the server's `trustProxy`).
 */
export function clientOf(request: FastifyRequest): Client {
  const known = clients.get(request)
  if (known !== undefined) return known
  const ip = withoutPort(request.ip)
  const client = {
    ip: readable(ip),
    addressKey: addressKey(ip),
    userAgent: printable(request.headers['user-agent'] ?? '') || 'Unknown',
  }
  clients.set(request, client)
  return client
}

/** Some proxies (Azure's, say) write `192.0.2.7:5678` or `[2001:db8::7]:5678` into `X-Forwarded-For`. */
function withoutPort(address: string): string {
  return address.replace(/^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]*)\](?::\d+)?)$/, '$1$2')
}

function readable(address: string): string {
  if (isIPv4(address)) return address
  return parse(address)?.toString() ?? 'Unknown'
}

/** What both Node and the library take: it also reads `1.2` and `0x7f.1`, and `::1.2.3.4` as if that were mapped. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const spelled = address.replace(/^::(?=\d+\.)/, '0::')
  return isIP(address) !== 0 && ipaddr.isValid(spelled) ? ipaddr.process(spelled) : undefined
}

/** Header text without what a log, a page or PostgreSQL could choke on. */
function printable(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()
    .trim()
    .slice(0, MAX_USER_AGENT)
}

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

const DIGITS = 6
const keys = new Map<string, Buffer>()

/** The key for codes, derived (RFC 5869) from a secret that serves something else. */
function codeKey(secret: string): Buffer {
  const known = keys.get(secret)
  if (known !== undefined) return known
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'crypalgos one-time code', 32))
  keys.set(secret, key)
  return key
}

/**
 * The six digits of a code: HMAC-SHA-256 of its random id, cut by modulo (64 bits over 10^6: the bias is below
 * 10^-13). Whoever has the database has the id, but not the key.
 */
export function codeDigits(secret: string, codeId: string): string {
  const digest = createHmac('sha256', codeKey(secret)).update(codeId).digest()
  return String(digest.readBigUInt64BE() % 10n ** BigInt(DIGITS)).padStart(DIGITS, '0')
}

/** Compares what somebody typed, spaces aside, in a time that does not depend on it. */
export function isRightCode(secret: string, codeId: string, typed: string): boolean {
  const right = Buffer.from(codeDigits(secret, codeId))
  const given = Buffer.from(typed.replaceAll(/\s/g, ''))
  return given.length === right.length && timingSafeEqual(given, right)
}

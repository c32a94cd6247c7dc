import { domainToASCII, domainToUnicode } from 'node:url'
import { foldCase } from '../platform/text.ts'

const MAX_LENGTH = 254
const MAX_LOCAL_LENGTH = 64
const MAX_DOMAIN_LENGTH = 253

/** A name of the DNS. The last label is no number, so that an IP address is no domain. */
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const DOMAIN = new RegExp(String.raw`^(?:${LABEL}\.)+(?!\d+$)${LABEL}$`)

/** An atom of RFC 5322 with the letters of RFC 6531; no quoted forms, no spaces, controls or invisible signs. */
const ATOM = String.raw`[^\p{Z}\p{C}"(),.:;<>@\[\\\]]+`
const LOCAL = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*$`, 'u')

/** NFKC and case folding, again until nothing changes, since each of these may undo the other. */
function fold(text: string): string {
  const folded = foldCase(text.normalize('NFKC')).normalize('NFKC')
  return folded === text ? text : fold(folded)
}

/**
 * The name that the DNS knows a domain by (UTS #46, non-transitional): `straße.de` is `xn--strae-oqa.de`, and `strasse.de`
 * is another domain. Nothing for what is no domain, such as an IP address.
 */
function asciiDomain(domain: string): string | undefined {
  // The platform's function reads a URL's host, which knows escapes and ports.
  if (/[^a-z0-9.\u0080-\uffff-]/i.test(domain)) return undefined
  const ascii = domainToASCII(domain)
  return DOMAIN.test(ascii) && ascii.length <= MAX_DOMAIN_LENGTH ? ascii : undefined
}

/** The parts of an address around its last `@`, in NFKC; nothing where there is none. */
function split(text: string): { local: string; domain: string } | undefined {
  const normal = text.normalize('NFKC').trim()
  const at = normal.lastIndexOf('@')
  return at < 0 ? undefined : { local: normal.slice(0, at), domain: normal.slice(at + 1) }
}

/**
 * The one form in which an address is stored, compared and mailed: trimmed, the local part in NFKC and case-folded, the
 * domain in ASCII. Any spelling of an address gives the same, and it gives itself. A text without a valid domain is folded
 * as a whole.
 */
export function canonicalEmail(text: string): string {
  const parts = split(text)
  const domain = parts && asciiDomain(parts.domain)
  if (parts === undefined || domain === undefined) return fold(text).trim()
  return `${fold(parts.local)}@${domain}`
}

/** How an address was stored before domains were compared in ASCII; the canonical form where that is what was typed. */
export function typedSpelling(text: string): string {
  const canonical = canonicalEmail(text)
  const isAscii = !/[\u0080-\uffff]/.test(split(text)?.domain ?? '')
  const parts = split(canonical)
  if (isAscii || parts === undefined) return canonical
  return `${parts.local}@${domainToUnicode(parts.domain)}`
}

/** Whether a text is an address that mail can be sent to over the internet. Lengths are in characters. */
export function isEmailAddress(text: string): boolean {
  if (!text.isWellFormed()) return false
  const parts = split(text)
  const domain = parts && asciiDomain(parts.domain)
  if (parts === undefined || domain === undefined || text.trim() !== text) return false
  const local = [...parts.local].length
  return local <= MAX_LOCAL_LENGTH && local + 1 + domain.length <= MAX_LENGTH && LOCAL.test(parts.local)
}

import { foldCase } from '../platform/text.ts'

const MAX_LENGTH = 254
const MAX_LOCAL_LENGTH = 64

/**
 * The one form in which an address is stored, compared and mailed: trimmed, NFKC and case-folded, again until nothing
 * changes, since each of these may undo another. Any spelling of an address gives the same, and it gives itself.
 */
export function canonicalEmail(text: string): string {
  const canonical = foldCase(text.normalize('NFKC')).normalize('NFKC').trim()
  return canonical === text ? text : canonicalEmail(canonical)
}

/** An atom of RFC 5322 with the letters of RFC 6531; no quoted forms, no spaces, controls or invisible signs. */
const ATOM = String.raw`[^\p{Z}\p{C}"(),.:;<>@\[\\\]]+`
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}\-]{0,61}[\p{L}\p{N}\p{M}])?`
/** The last label is no number, so that an IP address is no domain. */
const ADDRESS = new RegExp(String.raw`^(${ATOM}(?:\.${ATOM})*)@(?:${LABEL}\.)+(?!\p{N}+$)${LABEL}$`, 'u')

/** Whether a canonical text is an address that mail can be sent to over the internet. Lengths are in characters. */
export function isEmailAddress(canonical: string): boolean {
  if (!canonical.isWellFormed() || [...canonical].length > MAX_LENGTH) return false
  const local = ADDRESS.exec(canonical)?.[1]
  return local !== undefined && [...local].length <= MAX_LOCAL_LENGTH
}

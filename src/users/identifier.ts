import { canonicalEmail, typedSpelling } from './email-address.ts'

/** What somebody typed to say who they are: an e-mail address if it has an `@`, else a username; or a registration's id. */
export type Identifier = {
  kind: 'email' | 'username'
  text: string
  /** Of an e-mail address: with the domain as it was typed, where two older accounts differ in nothing else. */
  spelling?: string
}

/**
 * The one form of an identifier that look-ups and limits use: upper case, spaces around it, full-width and composed
 * forms are all the same. A username keeps its case where it is stored, and is compared without.
 */
export function canonicalIdentifier(typed: string): Identifier {
  const text = canonicalEmail(typed)
  return text.includes('@')
    ? { kind: 'email', text, spelling: typedSpelling(typed) }
    : { kind: 'username', text }
}

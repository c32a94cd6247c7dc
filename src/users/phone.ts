/** Spaces, dots, and dashes and brackets of every script. */
const IGNORED = /[\s.\p{Pd}\p{Ps}\p{Pe}]/gu
const PHONE = /^(\+[1-9][0-9]{6,14}|[0-9]{4,15})$/

/** A phone number without the signs that people put in for reading. */
export function canonicalPhone(typed: string): string {
  return typed.normalize('NFKC').replace(IGNORED, '')
}

/** E.164, or 4 to 15 digits where the country is not given. Nothing at all is allowed: it clears the number. */
export function isPhone(typed: string): boolean {
  const phone = canonicalPhone(typed)
  return phone === '' || PHONE.test(phone)
}

import type { Platform } from '../platform/platform.ts'
import { normalizePassword } from './password-policy.ts'

const BCRYPT = /^\$2[aby]\$/
const CURRENT_PARAMETERS = '$argon2id$v=19$m=19456,t=2,p=1$'
/** A hash that no password has; with our parameters, so that an unknown user costs what a known one does. */
const NOBODY = `${CURRENT_PARAMETERS}c29tZSBzYWx0IG9mIG9uZQ$BvKp0tBvSpUqVzWzW4EaSfnIBlVCFt1KqGmYf1pHyJ4`

export function hashPassword({ hashing }: Pick<Platform, 'hashing'>, password: string): Promise<string> {
  return hashing.hash(normalizePassword(password))
}

/**
 * Whether a password fits. Hashes of the older system are bcrypt of the bytes as typed.
 * @param hash nothing for a user that does not exist: it takes as long, and the answer is no
 */
export async function isRightPassword(
  { hashing }: Pick<Platform, 'hashing'>,
  password: string,
  hash: string | undefined,
): Promise<boolean> {
  if (hash !== undefined && BCRYPT.test(hash)) return hashing.verifyBcrypt(password, hash)
  const fits = await hashing.verify(normalizePassword(password), hash ?? NOBODY)
  return fits && hash !== undefined
}

/** Whether a hash was made by another method, or with other parameters, than we use now. */
export function isOldHash(hash: string): boolean {
  return !hash.startsWith(CURRENT_PARAMETERS)
}

import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { foldCase } from '../platform/text.ts'

const MIN_LENGTH = 8
export const MAX_LENGTH = 128
/** Shorter parts of a person's data occur in good passwords by chance. */
const MIN_PERSONAL_PART = 4
const MIN_STRENGTH = 2
/** What the estimator looks at: its time grows fast with the length. */
const ESTIMATED_LENGTH = 64

/** The form that is hashed: NFKC, so that every keyboard's spelling of one password is one password. */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC')
}

/** The form in which texts are compared: neither case nor spelling makes a difference. */
function comparable(text: string): string {
  return foldCase(text.normalize('NFKC')).normalize('NFKC')
}

export type Person = { name: string; username: string; email: string }

function personalParts({ name, username, email }: Person): string[] {
  const localPart = email.slice(0, email.lastIndexOf('@'))
  return [name, username, email, localPart]
    .map(comparable)
    .filter((part) => [...part].length >= MIN_PERSONAL_PART)
}

function weak(field: string, problem: string): AppError {
  return new AppError('weak_password', { detail: `The password ${problem}.`, fields: { [field]: problem } })
}

/**
 * Refuses a password that is too short, too long, holds what anybody knows of the person, or is easy to guess
 * (zxcvbn; NIST SP 800-63B: no rules of composition).
 * @param field where the password came from, to be named
 * @param person whose it is to be, as far as that is known
 * @throws AppError `weak_password`
 */
export async function checkPassword(
  { hashing }: Pick<Platform, 'hashing'>,
  field: string,
  password: string,
  person?: Person,
): Promise<void> {
  const normalized = normalizePassword(password)
  const length = [...normalized].length
  if (length < MIN_LENGTH) throw weak(field, `must be at least ${MIN_LENGTH} characters long`)
  if (length > MAX_LENGTH) throw weak(field, `must be at most ${MAX_LENGTH} characters long`)
  const parts = person === undefined ? [] : personalParts(person)
  const compared = comparable(normalized)
  if (parts.some((part) => compared.includes(part))) {
    throw weak(field, 'must not contain your name, username or e-mail address')
  }
  const estimated = [...normalized].slice(0, ESTIMATED_LENGTH).join('')
  if ((await hashing.strength(estimated, parts)) < MIN_STRENGTH) {
    throw weak(field, 'is too easy to guess: choose a longer or less common one')
  }
}

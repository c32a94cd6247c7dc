import type { Formats } from '../platform/http/formats.ts'
import { hasControlCharacters } from '../platform/text.ts'
import { canonicalEmail, isEmailAddress } from './email-address.ts'
import { isPhone } from './phone.ts'

/** The string formats of the accounts' fields. */
export const accountFormats: Formats = {
  'email-address': {
    test: (text) => isEmailAddress(canonicalEmail(text)),
    problem: 'must be a valid e-mail address',
    detail: 'is not valid',
  },
  username: {
    test: (text) => /^[A-Za-z0-9_-]+$/.test(text),
    problem: 'may contain only letters, digits, dashes and underscores',
    pattern: '^[A-Za-z0-9_-]+$',
  },
  'person-name': {
    test: (text) => text.isWellFormed() && !hasControlCharacters(text) && [...text.trim()].length >= 2,
    problem: 'must have at least 2 characters and no control characters',
  },
  'password-text': {
    test: (text) => text.isWellFormed() && !text.includes('\0'),
    problem: 'must not contain NUL characters or unpaired surrogates',
    pattern: String.raw`^[^\u0000]*$`,
  },
  phone: {
    test: (text) => isPhone(text),
    problem: 'must be a number such as +442071838750, or 4 to 15 digits',
  },
}

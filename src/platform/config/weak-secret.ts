const MIN_DIFFERENT_CHARACTERS = 10
const MIN_PATTERN_LENGTH = 4
/** Share of the characters that may follow a pattern; of a random hexadecimal secret 6 % repeat and 17 % are neighbours. */
const MAX_REGULAR_SHARE = 0.5
/** Shared beginning or end from which two secrets count as variants of one. */
const MAX_SHARED_CHARACTERS = 16

/** Words of examples. Six letters or more, so that a random secret holds one less than once in a million. */
const EXAMPLE_WORDS =
  /change[-_ ]?(me|this|it)|your[-_ ]|placeholder|insecure|secret|passw(or|0r)?d|passphrase|example|default|crypalgos|development|production|keyboard|qwerty|letmein/i

/** Random-looking secrets that are public: FastAPI's tutorial, RFC 7515 A.1, RFC 7520 3.5, a Spring Boot tutorial. */
const PUBLISHED = [
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FYG-Onbc6mxCcYg',
  '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
]

/** Rows of a keyboard and other orders that people type, each also backwards. */
const ORDERS = ['abcdefghijklmnopqrstuvwxyz', '0123456789012', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']
const NEIGHBOURS = new Set(
  ORDERS.flatMap((order) =>
    [...order].slice(1).flatMap((letter, index) => [`${order[index]}${letter}`, `${letter}${order[index]}`]),
  ),
)

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

const PUBLISHED_PLAIN = PUBLISHED.map(plain)

function isPublished(text: string): boolean {
  return EXAMPLE_WORDS.test(text) || PUBLISHED_PLAIN.some((known) => plain(text).includes(known))
}

/** Passwords and keys of examples and default installations, as letters and digits alone. */
const EXAMPLE_PASSWORDS =
  /^(postgres|postgresql|crypalgos|root|admin|user|test|demo|pass|password\d*|passwd|passw0rd|secret|mysecretpassword|changeit|changeme\d*|changethis|example|yourpassword|1234567?8?9?0?|rex+|re123456789|reyourapikey)$/

/** Whether a password or key of another service is one of an example. */
export function isExamplePassword(password: string): boolean {
  return (
    /change[-_ ]?(me|this|it)|your[-_ ]|placeholder/i.test(password) ||
    EXAMPLE_PASSWORDS.test(plain(password))
  )
}

function share(length: number, isRegular: (index: number) => boolean): number {
  let count = 0
  for (let index = 0; index < length; index++) if (isRegular(index)) count++
  return count / length
}

/** Whether most characters repeat those that stand one pattern before them. */
function repeatsPattern(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period++) {
    const repeated = share(text.length - period, (index) => text[index] === text[index + period])
    if (repeated >= MAX_REGULAR_SHARE) return true
  }
  return false
}

/** Whether most characters follow their neighbour in the alphabet, the digits or a row of the keyboard. */
function followsOrder(text: string): boolean {
  const lower = text.toLowerCase()
  return share(text.length - 1, (index) => NEIGHBOURS.has(lower.slice(index, index + 2))) >= MAX_REGULAR_SHARE
}

/** The texts that a secret stands for: itself, and what it decodes to where that is readable. */
function readings(secret: string): string[] {
  const encodings = [/^[0-9a-f]+$/i.test(secret) ? 'hex' : undefined, 'base64'] as const
  const decoded = encodings.flatMap((encoding) =>
    encoding === undefined ? [] : [Buffer.from(secret, encoding).toString('latin1')],
  )
  return [
    secret,
    ...decoded.filter((text) => text.length > MIN_PATTERN_LENGTH && /^[\x20-\x7e\s]+$/.test(text)),
  ]
}

function weaknessOf(text: string): string | undefined {
  if (isPublished(text)) return 'it is one of an example, or quotes one'
  if (new Set(text).size < MIN_DIFFERENT_CHARACTERS) {
    return `it has fewer than ${MIN_DIFFERENT_CHARACTERS} different characters`
  }
  if (repeatsPattern(text)) return 'it repeats a pattern'
  return followsOrder(text) ? 'it follows the alphabet or the keyboard' : undefined
}

/** Find out why a secret can be guessed. @returns the reason, without the secret; nothing for a random one */
export function weakness(secret: string): string | undefined {
  for (const text of readings(secret)) {
    const reason = weaknessOf(text)
    if (reason !== undefined) return reason
  }
  return undefined
}

function sharedPrefix(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

function reversed(text: string): string {
  return [...text].reverse().join('')
}

/** Whether one secret tells the other: they are equal, or share their beginning or end. */
export function areAlike(one: string, other: string): boolean {
  if (one === other) return true
  const shared = Math.max(sharedPrefix(one, other), sharedPrefix(reversed(one), reversed(other)))
  return shared >= MAX_SHARED_CHARACTERS
}

const HIDDEN = '[hidden]'

const SECRET_NAME =
  'pass(?:word|wd|phrase|code)|secret|token|authorization|cookie|credential|api[-_]?key|private[-_]?key'
const SECRET_KEY = new RegExp(`${SECRET_NAME}|^pass$|^registration$`, 'i')
const CODE_KEY = /code|otp/i

/** Longer texts are cut: a log is no place for them, and what they hide takes longer to find. */
const MAX_TEXT = 8_000

/** What gives a secret away inside a text, and what stands in its place. */
const SECRETS_IN_TEXT: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{8,4000}(?:\.[\w-]*){0,2}/g, HIDDEN],
  [/\$(?:2[abxy]?|argon2(?:id?|d))\$[^\s"',;]+/g, HIDDEN],
  [/\bre_\w{8,}/g, HIDDEN],
  [/\b(bearer|basic)\s+[^\s"',;]+/gi, `$1 ${HIDDEN}`],
  [/:\/\/[^\s/@:"']{0,100}:[^\s/"']{1,200}@/g, `://${HIDDEN}@`],
  [
    new RegExp(
      `((?:${SECRET_NAME}|\\bregistration\\b)[\\w-]{0,40}["']?\\s*[:=]\\s*)("(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s,;&)}]+)`,
      'gi',
    ),
    `$1${HIDDEN}`,
  ],
  [/((?:code|otp)\b\D{0,20})\d{6}\b/gi, `$1${HIDDEN}`],
]

/** The @ of a scoped package in a stack trace is none of a mailbox. */
const ADDRESS =
  /([^\s"<>()[\],;:\\@＠﹫])[^\s"<>()[\],;:\\@＠﹫]{0,320}(?<!node_modules\/)([@＠﹫][^\s"'<>()[\]{},;:\\/@＠﹫]+)/gu

/** Lines without any of these hold nothing to hide, and most lines have none. */
const SUSPECT = new RegExp(
  `[@＠﹫]|${SECRET_NAME}|pass|registration|code|otp|eyJ|\\$2|\\$argon2|bearer|basic|re_`,
  'i',
)

function redactText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
  const withoutSecrets = SECRETS_IN_TEXT.reduce((rest, [secret, shown]) => rest.replace(secret, shown), short)
  return withoutSecrets.replace(ADDRESS, '$1***$2')
}

function isSecret(key: string, value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return false
  return SECRET_KEY.test(key) || (CODE_KEY.test(key) && /^\d{6}$/.test(String(value)))
}

function redactValue(key: string, value: unknown): unknown {
  if (isSecret(key, value)) return HIDDEN
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map((item) => redactValue(key, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [redactText(name), redactValue(name, inner)]),
  )
}

/**
 * Takes passwords, tokens, codes, secrets and cookies out of a finished JSON line, at any depth, by the name of the
 * field and by their look inside texts; of an e-mail address the first letter and the domain stay.
 */
export function redactLine(line: string): string {
  return SUSPECT.test(line) ? `${JSON.stringify(redactValue('', JSON.parse(line)))}\n` : line
}

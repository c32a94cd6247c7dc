import bowser from 'bowser'

/** Most people share some dozens of programs, and reading a User-Agent takes longer than all else of a request. */
const MAX_KNOWN = 500
const known = new Map<string, string>()

/** Notices show the label: one that a mail program takes for a link would be a stranger's words in our mail. */
const PROGRAM_NAME = /^[\p{L}\p{N}_+ -]{1,50}$/u

/** A label for people, such as "Firefox on Windows"; "Unknown" where the User-Agent tells nothing. */
export function deviceLabel(userAgent: string): string {
  const found = known.get(userAgent)
  if (found !== undefined) return found
  const label = read(userAgent)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(userAgent, label)
  return label
}

function read(userAgent: string): string {
  if (userAgent === '' || userAgent === 'Unknown') return 'Unknown'
  const { browser, os } = bowser.parse(userAgent)
  const name = browser.name || userAgent.split(/[/\s]/, 1)[0] || ''
  const program = PROGRAM_NAME.test(name) ? name : 'Unknown'
  return os.name ? `${program} on ${os.name}` : program
}

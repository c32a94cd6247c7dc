import bowser from 'bowser'

/** A label for people, such as "Firefox on Windows"; "Unknown" where the User-Agent tells nothing. */
export function deviceLabel(userAgent: string): string {
  if (userAgent === '' || userAgent === 'Unknown') return 'Unknown'
  const { browser, os } = bowser.parse(userAgent)
  const program = browser.name || userAgent.split(/[/\s]/, 1)[0] || 'Unknown'
  return os.name ? `${program} on ${os.name}` : program
}

import { plainLine } from '../plain-line.ts'

/** What mail programs turn into links: an address, a scheme, or a dot (also an Asian one) inside a word. */
const LINK_LIKE = /@|:\/\/|www\.|[^\s.]{2,}[.\u3002\uFF0E\uFF61][^\s.]{2,}/iu

/**
 * The name to greet by, or '' where it would become a link: a stranger can register somebody else's address under a
 * name of his choice, and our mail must not carry his advertisement.
 */
export function greetingName(name: string): string {
  const line = plainLine(name)
  return LINK_LIKE.test(line) ? '' : line
}

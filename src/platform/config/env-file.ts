const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*/
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/** A value is cut at a `#` only after white space, since passwords and URLs may hold one. */
function bareValue(text: string): string {
  return text.replace(/(^|\s)#.*$/, '').trim()
}

function quotedValue(text: string): string | undefined {
  const match = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$|^'([^']*)'\s*(?:#.*)?$/.exec(text)
  if (match === null) return undefined
  const [, double, single] = match
  return double?.replace(/\\(.)/g, (whole, letter: string) => ESCAPES[letter] ?? whole) ?? single
}

/**
 * Reads the text of an env file as shells and the common libraries mean it: `NAME=value` a line, `export` before
 * it, single or double quotes, comments on their own line or after white space, any line ending. The last of two
 * equal names wins; a line that is no assignment is passed over. Node's own `parseEnv` is not used since it cuts
 * an unquoted value at any `#` and reads an empty value with spaces after it as the next line.
 */
export function parseEnvFile(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const match = ASSIGNMENT.exec(line)
    if (match?.[1] === undefined) continue
    const rest = line.slice(match[0].length).trim()
    values.set(match[1], quotedValue(rest) ?? bareValue(rest))
  }
  return values
}

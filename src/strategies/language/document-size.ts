const UTF_8 = new TextEncoder()

function textBytes(text: string): number {
  return UTF_8.encode(JSON.stringify(text)).length
}

/**
 * Whether a value has more than so many bytes as compact JSON. It is walked without recursion: what comes in can be
 * nested as deep as a body is long.
 */
export function isLargerThan(value: unknown, limit: number): boolean {
  const rest: unknown[] = [value]
  let bytes = 0
  while (rest.length > 0 && bytes <= limit) {
    const next = rest.pop()
    if (typeof next === 'string') bytes += textBytes(next)
    else if (typeof next === 'object' && next !== null) {
      const values = Object.values(next)
      // Two brackets, and a comma between two entries.
      bytes += Math.max(2, values.length + 1)
      if (!Array.isArray(next)) for (const key of Object.keys(next)) bytes += textBytes(key) + 1
      for (const inner of values) rest.push(inner)
    } else bytes += String(next).length
  }
  return bytes > limit
}

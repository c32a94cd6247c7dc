/** Longer words are compared by their beginning: nobody's name is that long. */
const LONGEST = 64

/** Letters to add, drop, change or swap with their neighbour until one word is the other. */
function distance(a: string, b: string): number {
  let [before, last, row] = [
    [] as number[],
    [] as number[],
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ]
  for (let i = 1; i <= a.length; i++) {
    ;[before, last, row] = [last, row, [i]]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const changed = at(last, j - 1) + (same ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : changed
      row.push(Math.min(changed, swapped, at(last, j) + 1, at(row, j - 1) + 1))
    }
  }
  return at(row, b.length)
}

function at(row: number[], index: number): number {
  return row[index] as number
}

/** The known word that was likely meant: the nearest one, if no more than a third of its letters differ. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const wanted = word.slice(0, LONGEST).toLowerCase()
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const most = Math.max(1, Math.floor(candidate.length / 3))
    // Each letter that one has more is one to add.
    if (Math.abs(candidate.length - wanted.length) > most) continue
    const far = distance(wanted, candidate.toLowerCase())
    if (far < least && far <= most) [best, least] = [candidate, far]
  }
  return best
}

/** The sentence's end that names a suggestion. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`
}

export type Change = {
  /** Keys and positions with dots between. */
  path: string
  kind: 'added' | 'removed' | 'changed'
  /** As JSON; null for nothing. */
  before: unknown
  after: unknown
}

type Branch = Readonly<Record<string, unknown>>

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null
}

/** A key's own value: names of series and parameters can be those of inherited properties. */
function ownValue(branch: Branch, key: string): unknown {
  return Object.hasOwn(branch, key) ? branch[key] : undefined
}

function kindOf(before: unknown, after: unknown): Change['kind'] {
  if (before === undefined || before === null) return 'added'
  return after === undefined || after === null ? 'removed' : 'changed'
}

/** What differs between two documents in canonical form, leaf by leaf; what is new or gone as a whole is one change. */
export function diffDocuments(before: unknown, after: unknown, path = ''): Change[] {
  if (isBranch(before) && isBranch(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)])
    const below = (key: string) => (path === '' ? key : `${path}.${key}`)
    return [...keys].flatMap((key) => diffDocuments(ownValue(before, key), ownValue(after, key), below(key)))
  }
  if (before === after) return []
  return [{ path, kind: kindOf(before, after), before: before ?? null, after: after ?? null }]
}

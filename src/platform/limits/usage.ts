/** In this time the weight of past use halves. */
const HALF_LIFE_MS = 10_000
/** Below this a user counts as one who has used nothing. */
const NEGLIGIBLE_MS = 1
const MOST_USERS = 10_000

/** Processor time that users have had lately; what lies longer back counts less. */
export class Usage {
  private readonly users = new Map<string, { ms: number; at: number }>()
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  of(userId: string): number {
    const known = this.users.get(userId)
    return known === undefined ? 0 : known.ms * 0.5 ** ((this.now() - known.at) / HALF_LIFE_MS)
  }

  add(userId: string, ms: number): void {
    this.users.set(userId, { ms: this.of(userId) + ms, at: this.now() })
    if (this.users.size > MOST_USERS) this.forget()
  }

  private forget(): void {
    for (const userId of this.users.keys()) if (this.of(userId) < NEGLIGIBLE_MS) this.users.delete(userId)
  }
}

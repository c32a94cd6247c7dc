import { AppError } from '../platform/errors.ts'

const RETRY_AFTER_SECONDS = 10

export type TurnLimits = {
  /** Uploads that are parsed at one time. */
  turns: number
  /** Of one user. */
  turnsPerUser: number
  /** How long an upload waits for its turn before it is refused. */
  waitMs: number
}

type Waiting = { userId: string; begin(): void }

export type Turn = { slot: number; end(): void }

/** Lets a bounded number of uploads be parsed at one time, first come, first served, and a few of each user. */
export class ParserTurns {
  readonly #limits: TurnLimits
  /** The user of each slot. */
  readonly #slots: (string | undefined)[]
  readonly #waiting = new Set<Waiting>()

  constructor(limits: TurnLimits) {
    this.#limits = limits
    this.#slots = Array.from({ length: limits.turns })
  }

  /** Wait for a turn. @throws AppError `overloaded` when none came */
  async take(userId: string): Promise<Turn> {
    return this.#mayBegin(userId) ? this.#begin(userId) : this.#wait(userId)
  }

  #begin(userId: string): Turn {
    const slot = this.#slots.indexOf(undefined)
    this.#slots[slot] = userId
    const end = () => {
      this.#slots[slot] = undefined
      this.#callNext()
    }
    return { slot, end }
  }

  #mayBegin(userId: string): boolean {
    const own = this.#slots.filter((user) => user === userId).length
    return this.#slots.includes(undefined) && own < this.#limits.turnsPerUser
  }

  #wait(userId: string): Promise<Turn> {
    const turn = Promise.withResolvers<Turn>()
    const waiting = { userId, begin: () => turn.resolve(this.#begin(userId)) }
    const refuse = setTimeout(() => {
      this.#waiting.delete(waiting)
      turn.reject(
        new AppError('overloaded', {
          detail: 'Too many uploads are being read. Send the file again in a moment.',
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        }),
      )
    }, this.#limits.waitMs)
    this.#waiting.add(waiting)
    return turn.promise.finally(() => clearTimeout(refuse))
  }

  #callNext(): void {
    for (const waiting of this.#waiting) {
      if (!this.#mayBegin(waiting.userId)) continue
      this.#waiting.delete(waiting)
      waiting.begin()
      return
    }
  }
}

import type { Answer, Client } from '../../client.ts'
import { callerBy, type Held, type User, userById, type World } from './world.ts'

/** What an action knows from its earlier steps, and a number of its own. */
export type Memo = {
  serial: number
  userId?: string
  sessionId?: string
  hash?: number
  text?: string
  codeSerial?: number
}

/**
 * One thing that happens in a single instant. @returns how the request must be answered, where that is settled: "ok"
 * or the code of an error; anything else is never answered, and tells what is wrong
 */
export type Step = (world: World, answer: Answer, memo: Memo) => string | undefined

/** A request, and what the world makes of it step by step; between two steps anything else can happen. */
export type Action = {
  text: string
  send(client: Client): Promise<Answer>
  steps: Step[]
}

export function outcomeOf({ status, error }: Answer): string {
  return status < 300 ? 'ok' : `${error?.code ?? status}`
}

/** The request must succeed; where it did, this came of it. The effect can tell what is wrong with the answer. */
export function succeeds(answer: Answer, effect: () => string | undefined = () => undefined): string {
  return outcomeOf(answer) === 'ok' ? (effect() ?? 'ok') : 'ok'
}

/** What is wrong where two values should be equal. */
export function unequal(name: string, actual: unknown, expected: unknown): string | undefined {
  const [shown, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  return shown === wanted ? undefined : `ok with ${name} ${wanted} in the place of ${shown}`
}

/** What is wrong with a user as it is shown. */
export function misshown(world: World, user: User, shown: Record<string, unknown>): string | undefined {
  const { id, email, username, pending } = user
  const waiting = pending !== undefined && world.now < pending.until ? pending.email : undefined
  const { id: shownId, email: shownEmail, username: shownUsername, pending_email } = shown
  return unequal('user', [shownId, shownEmail, shownUsername, pending_email], [id, email, username, waiting])
}

/** The first step of all that a token opens. */
export function authorized(
  token: string,
  then: (world: World, held: Held, answer: Answer, memo: Memo) => string | undefined,
): Step {
  return (world, answer, memo) => {
    const held = callerBy(world, token)
    if (held === undefined) return 'unauthorized'
    memo.userId = held.user.id
    memo.sessionId = held.session.id
    memo.hash = held.user.hash
    return then(world, held, answer, memo)
  }
}

/** The user that an earlier step found, unless it was deleted meanwhile. */
export function remembered(world: World, { userId }: Memo): User | undefined {
  return userId === undefined ? undefined : userById(world, userId)
}

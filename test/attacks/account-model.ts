import { makePerson, type Person } from '../people.ts'

const MINUTE = 60
const DAY = 86_400
const ACCESS_SECONDS = 30 * MINUTE
const IDLE_SECONDS = 7 * DAY
const MAX_SECONDS = 30 * DAY
const GRACE_SECONDS = 60
export const RECENT_SECONDS = 15 * MINUTE
const MAX_SESSIONS = 4
const CODE_SECONDS = 10 * MINUTE

export const PASSWORDS = ['violet-tangent-9-harbour', 'copper-lantern-4-orchard', 'marble-thicket-7-saffron']

type Token = { token: string; expiresAt: number }

/** A session as the rules say it is. Times are in seconds. */
export type ModelSession = {
  createdAt: number
  authenticatedAt: number
  rotatedAt: number
  access: Token[]
  /** One a generation, the newest last. */
  refresh: Token[]
}

type Pair = { access_token: string; refresh_token: string }

/** One account as the rules say it is: the little that a client can find out about it. */
export type Model = {
  person: Person
  /** The id that the registration answered, once there is one; the user's afterwards. */
  id: string | undefined
  state: 'unknown' | 'registered' | 'user'
  /** The code that was mailed to verify the registration, and until when it counts. */
  code: string
  codeUntil: number
  /** Wrong tries at it. */
  tries: number
  /** Oldest first; ones that ran out may still be among them. */
  sessions: ModelSession[]
  /** Access tokens that open nothing any more, and refresh tokens that refresh nothing. */
  dead: { access: string[]; refresh: string[] }
  /** How many mails strangers could have caused so far, and wrong passwords: the limits of both are not this test's. */
  mails: number
  failures: number
}

/** The application's clock: the tests hold `Date` in their hands. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

export function unknownAccount(): Model {
  return {
    person: makePerson({ password: PASSWORDS[0] ?? '' }),
    id: undefined,
    state: 'unknown',
    code: '',
    codeUntil: 0,
    tries: 0,
    sessions: [],
    dead: { access: [], refresh: [] },
    mails: 0,
    failures: 0,
  }
}

/** A registration's code was mailed. */
export function beginRegistration(model: Model, id: string, code: string): void {
  Object.assign(model, { state: 'registered', id, code, codeUntil: now() + CODE_SECONDS, tries: 0 })
}

/** The account is gone, or never came to be; whoever comes next is somebody else. */
export function forgetAccount(model: Model): void {
  endSessions(model, () => true)
  Object.assign(model, { ...unknownAccount(), dead: model.dead })
}

function expiryOf({ createdAt, rotatedAt }: Pick<ModelSession, 'createdAt' | 'rotatedAt'>): number {
  return Math.min(rotatedAt + IDLE_SECONDS, createdAt + MAX_SECONDS)
}

export function lives(session: ModelSession): boolean {
  return now() < expiryOf(session)
}

export function liveSessions({ sessions }: Model): ModelSession[] {
  return sessions.filter(lives)
}

export function opens(session: ModelSession, expiresAt: number): boolean {
  return lives(session) && now() < expiresAt
}

/** Sessions with an access token that opens something, with that token. */
export function signedIn(model: Model): { session: ModelSession; token: string }[] {
  return model.sessions.flatMap((session) => {
    const newest = session.access.at(-1)
    return newest !== undefined && opens(session, newest.expiresAt) ? [{ session, token: newest.token }] : []
  })
}

export function isRecent({ authenticatedAt }: ModelSession): boolean {
  return now() <= authenticatedAt + RECENT_SECONDS
}

/** When something changes by itself: what counts just before does not just after. */
export function turningPoints({ sessions, codeUntil, state }: Model): number[] {
  return [
    ...(state === 'registered' ? [codeUntil] : []),
    ...sessions.flatMap(({ createdAt, rotatedAt, authenticatedAt }) => [
      authenticatedAt + RECENT_SECONDS,
      rotatedAt + GRACE_SECONDS,
      rotatedAt + ACCESS_SECONDS,
      rotatedAt + IDLE_SECONDS,
      createdAt + MAX_SECONDS,
    ]),
  ].filter((time) => time > now() + 2)
}

export function endSessions(model: Model, ends: (session: ModelSession) => boolean): void {
  for (const session of model.sessions.filter(ends)) {
    model.dead.access.push(...session.access.map(({ token }) => token))
    model.dead.refresh.push(...session.refresh.map(({ token }) => token))
  }
  model.sessions = model.sessions.filter((session) => !ends(session))
}

export function beginSession(model: Model, pair: Pair): void {
  const alive = liveSessions(model)
  const oldest = alive.length >= MAX_SESSIONS ? alive[0] : undefined
  endSessions(model, (session) => session === oldest || !lives(session))
  const session = { createdAt: now(), authenticatedAt: now(), rotatedAt: now(), access: [], refresh: [] }
  rotate(session, pair)
  model.sessions.push(session)
}

/** What a refresh token does: a new pair, the newest pair again, the end of its session, or nothing. */
export type Refreshing = 'rotates' | 'repeats' | 'is theft' | 'has run out'

/** @param age how many generations before the newest the token is */
export function meaningOf(session: ModelSession, age: number): Refreshing {
  // One that has run out by itself proves nothing any more, not even a theft.
  if (!lives(session) || now() >= (session.refresh.at(-1 - age)?.expiresAt ?? 0)) return 'has run out'
  if (age === 0) return 'rotates'
  return age === 1 && now() <= session.rotatedAt + GRACE_SECONDS ? 'repeats' : 'is theft'
}

export function rotate(session: ModelSession, pair: Pair): void {
  session.rotatedAt = now()
  session.access.push({ token: pair.access_token, expiresAt: now() + ACCESS_SECONDS })
  session.refresh.push({ token: pair.refresh_token, expiresAt: expiryOf(session) })
}

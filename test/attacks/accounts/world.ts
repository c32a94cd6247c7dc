/** Times are in whole seconds since 1970; what ends at a second is over in it. */
export type Code = {
  /** Of the action that made it. */
  serial: number
  /** Where it is mailed to, and what tells the mail from others. */
  to: string
  subject: string
  mentions: string
  madeAt: number
  /** Its mail is looked for. */
  isQueued: boolean
  /** Of the mail; missing where there was none. */
  digits?: string | undefined
  tries: number
  until: number
}

export type Registration = {
  id: string
  email: string
  username: string
  password: string
  createdAt: number
  code?: Code | undefined
}

/** What a sign-in or a refresh handed out. */
export type Pair = { access: string; refresh: string; generation: number; at: number; refreshUntil: number }

export type Session = {
  id: string
  createdAt: number
  rotatedAt: number
  provedAt: number
  generation: number
  pairs: Pair[]
}

export type User = {
  id: string
  email: string
  username: string
  password: string
  /** Of the action that set the password: another after every change, also to the same. */
  hash: number
  pending?: { email: string; until: number } | undefined
  sessions: Session[]
  resetCode?: Code | undefined
  emailCode?: Code | undefined
}

/** All that a service has to remember, as simply as it can be said. */
export type World = {
  now: number
  users: User[]
  registrations: Registration[]
  ended: Session[]
  /** The windows of the limits, by limit and key. */
  spent: Record<string, { count: number; until: number }>
}

const DAY = 86_400
const MAX_SESSIONS = 4
const MAX_TRIES = 5
const ACCESS_LIFE = 30 * 60
const IDLE_LIFE = 7 * DAY
const SESSION_LIFE = 30 * DAY
const GRACE = 60
const MAILED_LIFE = 10 * 60
const UNMAILED_LIFE = 30 * 60
const RECENT = 15 * 60

export function emptyWorld(now: number): World {
  return { now, users: [], registrations: [], ended: [], spent: {} }
}

/** Counts one more in a window that begins with the first. @returns whether it is within the limit */
function spend(world: World, key: string, points: number, seconds: number): boolean {
  const known = world.spent[key]
  const running = known !== undefined && world.now < known.until
  const window = running ? known : { count: 0, until: world.now + seconds }
  window.count += 1
  world.spent[key] = window
  return window.count <= points
}

export function mayTry(world: World, purpose: string, identifier: string): boolean {
  return spend(world, `try ${purpose} ${identifier}`, 10, 3600)
}

export function mayMail(world: World, cause: string, to: string): boolean {
  const often =
    cause === 'registration'
      ? spend(world, `registrations ${to}`, 5, 3600)
      : spend(world, `repeat ${cause} ${to}`, 1, 60)
  return often && spend(world, `mails ${to}`, 15, DAY)
}

type Mailed = Pick<Code, 'serial' | 'to' | 'subject' | 'mentions'>

export function newCode(world: World, mail: Mailed): Code {
  return {
    ...mail,
    madeAt: world.now,
    isQueued: true,
    tries: 0,
    until: world.now + UNMAILED_LIFE,
  }
}

/** Notes what came of a code's mail. */
export function noteMail(code: Code, digits: string | undefined): void {
  code.isQueued = false
  code.digits = digits
  if (digits !== undefined) code.until = code.madeAt + MAILED_LIFE
}

/** Counts a try, right or wrong. @returns the code if it was right */
export function tryCode(world: World, code: Code | undefined, digits: string): Code | undefined {
  if (code === undefined || code.tries >= MAX_TRIES || world.now >= code.until) return undefined
  code.tries += 1
  return code.digits === digits ? code : undefined
}

export function codesOf(world: World): Code[] {
  const codes = [
    ...world.registrations.map(({ code }) => code),
    ...world.users.flatMap(({ resetCode, emailCode }) => [resetCode, emailCode]),
  ]
  return codes.filter((code) => code !== undefined)
}

export function userById(world: World, id: string): User | undefined {
  return world.users.find((user) => user.id === id)
}

/** @param identifier in canonical form */
export function userByIdentifier(world: World, identifier: string): User | undefined {
  return world.users.find(
    ({ email, username }) => identifier === (identifier.includes('@') ? email : username.toLowerCase()),
  )
}

/** The newest registration that is meant. */
export function registrationBy(world: World, identifier: string): Registration | undefined {
  const means = ({ id, email, username }: Registration) =>
    [id, email, username.toLowerCase()].includes(identifier)
  return world.registrations
    .filter((one) => means(one) && world.now < one.createdAt + DAY)
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))[0]
}

export function isLive({ now }: World, { createdAt, rotatedAt }: Session): boolean {
  return now < Math.min(rotatedAt + IDLE_LIFE, createdAt + SESSION_LIFE)
}

export function liveSessions(world: World, { sessions }: User): Session[] {
  return sessions.filter((session) => isLive(world, session))
}

export function isRecent({ now }: World, { provedAt }: Session): boolean {
  return now <= provedAt + RECENT
}

export function endSessions(world: World, user: User, ends: (session: Session) => boolean): void {
  world.ended.push(...user.sessions.filter(ends))
  user.sessions = user.sessions.filter((session) => !ends(session))
}

function sessionIdOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid
}

type Tokens = { access_token: string; refresh_token: string }

/** Adds what a sign-in or a refresh handed out. */
function addPair({ now }: World, session: Session, { access_token, refresh_token }: Tokens): void {
  const { generation, createdAt } = session
  const refreshUntil = Math.min(now + IDLE_LIFE, createdAt + SESSION_LIFE)
  session.pairs.push({ access: access_token, refresh: refresh_token, generation, at: now, refreshUntil })
}

export function startSession(world: World, user: User, tokens: Tokens): void {
  const { now } = world
  const newestFirst = liveSessions(world, user).sort(
    (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1),
  )
  const beyond = new Set(newestFirst.slice(MAX_SESSIONS - 1).map(({ id }) => id))
  endSessions(world, user, ({ id }) => beyond.has(id))
  const times = { createdAt: now, rotatedAt: now, provedAt: now }
  const session: Session = { id: sessionIdOf(tokens.access_token), ...times, generation: 0, pairs: [] }
  user.sessions.push(session)
  addPair(world, session, tokens)
}

export type Held = { user: User; session: Session; pair: Pair }

/** Whose a token is; also of a session that has expired. */
export function holderOf(world: World, token: string): Held | undefined {
  for (const user of world.users) {
    for (const session of user.sessions) {
      const pair = session.pairs.find(({ access, refresh }) => access === token || refresh === token)
      if (pair !== undefined) return { user, session, pair }
    }
  }
  return undefined
}

/** Whether a token's own time has not come; what became of its session does not matter. */
export function isInTime({ now }: World, { access, at, refreshUntil }: Pair, token: string): boolean {
  return now < (token === access ? at + ACCESS_LIFE : refreshUntil)
}

/** Who calls with an access token, if it opens anything. */
export function callerBy(world: World, token: string): Held | undefined {
  const held = holderOf(world, token)
  return held !== undefined &&
    held.pair.access === token &&
    isInTime(world, held.pair, token) &&
    isLive(world, held.session)
    ? held
    : undefined
}

export type Refreshed = 'rotated' | 'repeated' | 'refused'

/** What a refresh token does to its session; one that is used again too late ends it. */
export function refresh(world: World, token: string): { outcome: Refreshed; held?: Held } {
  const held = holderOf(world, token)
  if (held?.pair.refresh !== token || !isInTime(world, held.pair, token) || !isLive(world, held.session))
    return { outcome: 'refused' }
  const { user, session, pair } = held
  if (pair.generation === session.generation) return { outcome: 'rotated', held }
  const isOneBefore = pair.generation === session.generation - 1
  if (isOneBefore && world.now - session.rotatedAt <= GRACE) return { outcome: 'repeated', held }
  endSessions(world, user, ({ id }) => id === session.id)
  return { outcome: 'refused' }
}

export function rotate(world: World, session: Session, tokens: Tokens): void {
  session.generation += 1
  session.rotatedAt = world.now
  addPair(world, session, tokens)
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)

/** The same for worlds in which all is the same, in whatever order it came about. */
export function fingerprint({ users, registrations, ended, spent, now }: World): string {
  const sessions = (some: Session[]) =>
    some.toSorted(byId).map(({ pairs, ...session }) => ({ ...session, pairs: pairs.map(({ at }) => at) }))
  return JSON.stringify({
    now,
    users: users.toSorted(byId).map((user) => ({ ...user, sessions: sessions(user.sessions) })),
    registrations: registrations.toSorted(byId),
    ended: ended.map(({ id }) => id).sort(),
    spent: Object.entries(spent).sort(),
  })
}

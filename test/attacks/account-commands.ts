import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { TestApp } from '../app.ts'
import { type Answer, type Client, createClient } from '../client.ts'
import { makePerson, readCode, wrongCode } from '../people.ts'
import {
  beginRegistration,
  beginSession,
  endSessions,
  forgetAccount,
  isRecent,
  liveSessions,
  lives,
  type Model,
  type ModelSession,
  meaningOf,
  now,
  opens,
  PASSWORDS,
  RECENT_SECONDS,
  rotate,
  signedIn,
  turningPoints,
} from './account-model.ts'

/** The instances of the service, and how often each command was carried out so far. */
export type Real = { apps: TestApp[]; done: Map<string, number> }

/** What chance decides for a command; each takes from it what it needs. */
type Chance = { instance: number; which: number; other: number; right: boolean }

type Turn = Chance & { model: Model; app: TestApp; client: Client; real: Real }
type Action = (turn: Turn) => Promise<void>
/** Whether the command makes sense now: what the limits would hide, and what needs somebody signed in. */
type Condition = (model: Model) => boolean

const MAILS = 12
const FAILURES = 90
const NEVER = '00000000-0000-7000-8000-000000000000'

function pick<T>(list: readonly T[], which: number): T {
  const picked = list[which % list.length]
  if (picked === undefined) throw new Error('there is nothing to pick from')
  return picked
}

function assertAnswer({ status, error }: Answer, expected: number, code?: string): void {
  assert.deepEqual([status, error?.code], [expected, code])
}

/** The code of the newest mail, which comes only a minute after the one before. */
async function askForCode({ model, app }: Turn, ask: () => Promise<Answer>, to: string): Promise<string> {
  app.clock.advance(61)
  model.mails += 1
  const { status } = await ask()
  assert.ok(status === 200 || status === 201, `${status}`)
  return readCode(app, to)
}

async function register(turn: Turn): Promise<void> {
  const { model, client } = turn
  let id = ''
  const ask = async () => {
    const answer = await client.post('/auth/register', model.person)
    id = answer.data?.user.id
    return answer
  }
  const code = await askForCode(turn, ask, model.person.email)
  beginRegistration(model, id, code)
}

async function verify({ model, client, right }: Turn): Promise<void> {
  const verification_code = right ? model.code : wrongCode(model.code)
  const answer = await client.post('/auth/verify', { identifier: model.id, verification_code })
  model.tries += 1
  const tooLate = now() >= model.codeUntil
  if (tooLate || !right) assertAnswer(answer, 400, 'invalid_code')
  if (tooLate) return forgetAccount(model)
  if (!right) return
  assertAnswer(answer, 200)
  model.state = 'user'
  beginSession(model, answer.data)
}

async function logIn({ model, client, right, which }: Turn): Promise<void> {
  const { email, username, password } = model.person
  const identifier = pick([email, username, email.toUpperCase(), username.toUpperCase()], which)
  const works = right && model.state === 'user'
  const answer = await client.post('/auth/login', { identifier, password: right ? password : `${password}x` })
  if (works) {
    assertAnswer(answer, 200)
    return beginSession(model, answer.data)
  }
  model.failures += 1
  assertAnswer(answer, 401, 'invalid_credentials')
}

async function refresh({ model, client, which, other }: Turn): Promise<void> {
  const session = pick(model.sessions, which)
  const age = other % Math.min(3, session.refresh.length)
  const meaning = meaningOf(session, age)
  const answer = await client.post('/auth/refresh', { refresh_token: session.refresh.at(-1 - age)?.token })
  if (meaning === 'rotates') {
    assertAnswer(answer, 200)
    return rotate(session, answer.data)
  }
  if (meaning === 'repeats') {
    assertAnswer(answer, 200)
    const { access_token, refresh_token } = answer.data
    return assert.deepEqual(
      [access_token, refresh_token],
      [session.access.at(-1)?.token, session.refresh.at(-1)?.token],
    )
  }
  assertAnswer(answer, 400, 'invalid_token')
  if (meaning === 'is theft') endSessions(model, (one) => one === session)
}

async function refreshWithTheDead({ model, client, which }: Turn): Promise<void> {
  const refresh_token = pick(model.dead.refresh, which)
  assertAnswer(await client.post('/auth/refresh', { refresh_token }), 400, 'invalid_token')
}

/** The model's session that an entry of the list is. */
function sessionOf(model: Model, createdAt: string): ModelSession | undefined {
  return model.sessions.find((session) => session.createdAt * 1000 === Date.parse(createdAt))
}

async function listSessions(client: Client, model: Model, token: string) {
  const answer = await client.get('/sessions', { token })
  assertAnswer(answer, 200)
  const entries: { id: string; created_at: string; is_current: boolean }[] = answer.data.sessions
  const listed = entries.map(({ created_at }) => sessionOf(model, created_at))
  assert.deepEqual(listed, liveSessions(model).reverse())
  return entries
}

async function endOne({ model, client, which, other, right }: Turn): Promise<void> {
  const { session, token } = pick(signedIn(model), which)
  const entries = await listSessions(client, model, token)
  assert.deepEqual(
    entries.filter(({ is_current }) => is_current).map(({ created_at }) => sessionOf(model, created_at)),
    [session],
  )
  const { id, created_at } = pick(entries, other)
  const ended = right ? sessionOf(model, created_at) : undefined
  const answer = await client.delete(`/sessions/${right ? id : NEVER}`, { token })
  assertAnswer(answer, right ? 200 : 404, right ? undefined : 'session_not_found')
  endSessions(model, (one) => one === ended)
}

async function endAll({ model, client, which, right }: Turn): Promise<void> {
  const { session, token } = pick(signedIn(model), which)
  assertAnswer(await client.delete(`/sessions?keep_current=${right}`, { token }), 200)
  endSessions(model, (one) => !right || one !== session)
}

async function logOut({ model, client, which }: Turn): Promise<void> {
  const { session, token } = pick(signedIn(model), which)
  assertAnswer(await client.post('/auth/logout', undefined, { token }), 200)
  endSessions(model, (one) => one === session)
}

async function changePassword({ model, client, which, right, other }: Turn): Promise<void> {
  const { session, token } = pick(signedIn(model), which)
  const { password } = model.person
  const new_password = pick(
    PASSWORDS.filter((one) => one !== password),
    other,
  )
  const current_password = right ? password : `${password}x`
  const answer = await client.put('/users/me/password', { current_password, new_password }, { token })
  if (!right) {
    model.failures += 1
    return assertAnswer(answer, 403, 'wrong_password')
  }
  assertAnswer(answer, 200)
  model.person.password = new_password
  endSessions(model, (one) => one !== session)
}

async function resetPassword(turn: Turn): Promise<void> {
  const { model, client, right, other } = turn
  const identifier = model.person.email
  const ask = () => client.post('/auth/forgot-password', { identifier })
  const code = await askForCode(turn, ask, identifier)
  const new_password = pick(
    PASSWORDS.filter((one) => one !== model.person.password),
    other,
  )
  const verification_code = right ? code : wrongCode(code)
  const answer = await client.post('/auth/reset-password', { identifier, verification_code, new_password })
  if (!right) return assertAnswer(answer, 400, 'invalid_code')
  assertAnswer(answer, 200)
  model.person.password = new_password
  endSessions(model, () => true)
}

async function changeProfile({ model, client, which }: Turn): Promise<void> {
  const { token } = pick(signedIn(model), which)
  const { username } = makePerson()
  const name = pick(['Ada King', 'Ada Lovelace'], which)
  assertAnswer(await client.put('/users/me', { username, name }, { token }), 200)
  Object.assign(model.person, { username, name })
}

/** What only a recent sign-in may do, tried around the moment when it is recent no more. */
async function needRecent(
  { model, app, which, other, right }: Turn,
  ask: (token: string) => Promise<Answer>,
): Promise<{ token: string; answer: Answer | undefined }> {
  const { session, token } = pick(signedIn(model), which)
  const wait = session.authenticatedAt + RECENT_SECONDS + pick([-1, 0, 1], other) - now()
  if (right && wait > 0) app.clock.advance(wait)
  const answer = await ask(token)
  if (signedIn(model).some((one) => one.token === token)) {
    if (isRecent(session)) return { token, answer }
    assertAnswer(answer, 403, 'reauthentication_required')
  } else assertAnswer(answer, 401, 'unauthorized')
  return { token, answer: undefined }
}

async function changeEmail(turn: Turn): Promise<void> {
  const { model, client, app } = turn
  const { email } = makePerson()
  app.clock.advance(61)
  if (signedIn(model).length === 0) return
  const { token, answer } = await needRecent(turn, (as) => client.put('/users/me', { email }, { token: as }))
  if (answer === undefined) return
  assertAnswer(answer, 200)
  model.mails += 1
  assert.deepEqual([answer.data.email, answer.data.pending_email], [model.person.email, email])
  const verification_code = await readCode(app, email)
  assertAnswer(await client.post('/users/me/verify-email', { verification_code }, { token }), 200)
  model.person.email = email
}

async function confirmPassword({ model, client, which, right }: Turn): Promise<void> {
  const { session, token } = pick(signedIn(model), which)
  const password = right ? model.person.password : `${model.person.password}x`
  const answer = await client.post('/auth/reauthenticate', { password }, { token })
  assertAnswer(answer, right ? 200 : 403, right ? undefined : 'wrong_password')
  if (right) session.authenticatedAt = now()
  else model.failures += 1
}

async function deleteAccount(turn: Turn): Promise<void> {
  const { model, client } = turn
  const { answer } = await needRecent(turn, (token) => client.delete('/users/me', { token }))
  if (answer === undefined) return
  assertAnswer(answer, 200)
  const { email, password } = model.person
  assertAnswer(await client.post('/auth/login', { identifier: email, password }), 401, 'invalid_credentials')
  forgetAccount(model)
}

async function waitForTurningPoint({ model, app, which, other }: Turn): Promise<void> {
  const time = pick(turningPoints(model), which)
  app.clock.advance(time + pick([-2, -1, 0, 1], other) - now())
}

async function letTimePass({ app, which }: Turn): Promise<void> {
  app.clock.advance(pick([5, 30, 200, 3_600, 6 * 86_400], which))
}

/** The session lives on as long as it is used, up to a limit. */
async function useForWeeks(turn: Turn): Promise<void> {
  const { model, app, client, which } = turn
  const session = pick(liveSessions(model), which)
  for (let days = 0; days < 24; days += 6) {
    app.clock.advance(6 * 86_400)
    const alive = lives(session)
    const answer = await client.post('/auth/refresh', { refresh_token: session.refresh.at(-1)?.token })
    assertAnswer(answer, alive ? 200 : 400, alive ? undefined : 'invalid_token')
    if (!alive) return
    rotate(session, answer.data)
  }
}

/** What every command leaves behind: each token opens what the rules say, at every instance, and nothing else. */
async function assertTokens({ apps }: Real, model: Model, which: number): Promise<void> {
  const asked = [
    ...model.sessions.flatMap((session) =>
      session.access.map(({ token, expiresAt }) => ({ token, works: opens(session, expiresAt) })),
    ),
    ...model.dead.access.slice(-8).map((token) => ({ token, works: false })),
  ]
  for (const [index, { token, works }] of asked.entries()) {
    const client = createClient(pick(apps, which + index))
    const { status, data } = await client.get('/users/me', { token })
    assert.equal(status, works ? 200 : 401)
    if (!works) continue
    const { name, email, username } = model.person
    assert.deepEqual([data.name, data.email, data.username], [name, email, username])
  }
}

function command(
  name: string,
  action: Action,
  condition: Condition,
): fc.Arbitrary<fc.AsyncCommand<Model, Real>> {
  const number = fc.nat({ max: 1_000 })
  return fc.record({ instance: number, which: number, other: number, right: fc.boolean() }).map((chance) => ({
    check: condition,
    async run(model: Model, real: Real) {
      const app = pick(real.apps, chance.instance)
      // No two things happen in the same second.
      app.clock.advance(1)
      if (!condition(model)) return
      await action({ ...chance, model, app, real, client: createClient(app) })
      await assertTokens(real, model, chance.which)
      real.done.set(name, (real.done.get(name) ?? 0) + 1)
    },
    toString: () => `${name}(${Object.values(chance).join()})`,
  }))
}

const isUser: Condition = ({ state, failures }) => state === 'user' && failures < FAILURES
const mayMail: Condition = ({ mails }) => mails < MAILS
const isSignedIn: Condition = (model) => isUser(model) && signedIn(model).length > 0

/** Everything that a client can do with an account. */
export const accountCommands = [
  command('register', register, ({ state }) => state === 'unknown'),
  command('verify', verify, ({ state, tries }) => state === 'registered' && tries < 4),
  ...Array(3).fill(command('log in', logIn, ({ failures }) => failures < FAILURES)),
  ...Array(3).fill(command('refresh', refresh, ({ sessions }) => sessions.length > 0)),
  command('refresh with a dead token', refreshWithTheDead, ({ dead }) => dead.refresh.length > 0),
  command('end a session', endOne, isSignedIn),
  command('end all sessions', endAll, isSignedIn),
  command('log out', logOut, isSignedIn),
  command('change the password', changePassword, isSignedIn),
  command('reset the password', resetPassword, (model) => isUser(model) && mayMail(model)),
  command('change the profile', changeProfile, isSignedIn),
  command('change the address', changeEmail, (model) => isSignedIn(model) && mayMail(model)),
  command('confirm the password', confirmPassword, isSignedIn),
  command('delete the account', deleteAccount, isSignedIn),
  command('use a session for weeks', useForWeeks, (model) => liveSessions(model).length > 0),
  command('let time pass', letTimePass, () => true),
  ...Array(2).fill(command('wait', waitForTurningPoint, (model) => turningPoints(model).length > 0)),
]

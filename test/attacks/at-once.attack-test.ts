import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { TestApp } from '../app.ts'
import { type Answer, createClient } from '../client.ts'
import { logIn, type Person, type SignedUp, signUp } from '../people.ts'
import { PASSWORDS } from './account-model.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'

/** Shown by a failure; `SEED=…` repeats the requests, though not who of them comes first. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNS = isLong ? 400 : 12
const MAX_SESSIONS = 4
const KINDS = ['log in', 'refresh', 'log out', 'end', 'end others', 'change password', 'delete'] as const

/** One request to an account that has two sessions. */
type Request = { kind: (typeof KINDS)[number]; instance: number; session: number; password: number }
type Outcome = Request & Answer

const instances = useInstances()

type Owner = SignedUp & { pairs: { access: string; refresh: string; id: string }[] }

function appOf(index: number): TestApp {
  return index === 0 ? instances.app : instances.twin
}

function pairOf({ data }: Answer) {
  return { access: data.access_token, refresh: data.refresh_token }
}

/** Somebody with two sessions, the older first. */
async function owner(): Promise<Owner> {
  const { app } = instances
  const person = await signUp(app, { password: PASSWORDS[0] ?? '' })
  app.clock.advance(1)
  const pairs = [pairOf(person.answer), pairOf(await logIn(app, person))]
  const { data } = await createClient(app).get('/sessions', { token: person.accessToken })
  const ids: string[] = data.sessions.map(({ id }: { id: string }) => id).reverse()
  return { ...person, pairs: pairs.map((pair, index) => ({ ...pair, id: ids[index] ?? '' })) }
}

function send(person: Owner, { kind, instance, session, password }: Request): Promise<Answer> {
  const client = createClient(appOf(instance))
  const { access: token, refresh, id } = person.pairs[session] ?? { access: '', refresh: '', id: '' }
  const change = { current_password: person.password, new_password: PASSWORDS[password] }
  const answers = {
    'log in': () => logIn(appOf(instance), person),
    refresh: () => client.post('/auth/refresh', { refresh_token: refresh }),
    'log out': () => client.post('/auth/logout', undefined, { token }),
    end: () => client.delete(`/sessions/${id}`, { token: person.pairs[0]?.access ?? '' }),
    'end others': () => client.delete('/sessions?keep_current=true', { token }),
    'change password': () => client.put('/users/me/password', change, { token }),
    delete: () => client.delete('/users/me', { token }),
  }
  return answers[kind]()
}

/** What each may be answered while anything else happens to the account. */
const ALLOWED: Record<Request['kind'], number[]> = {
  'log in': [200, 401],
  refresh: [200, 400],
  'log out': [200],
  end: [200, 401, 404],
  'end others': [200, 401],
  'change password': [200, 401, 403],
  delete: [200, 401],
}

async function opens(token: string): Promise<boolean> {
  const statuses = await Promise.all(
    [0, 1].map(async (index) => (await createClient(appOf(index)).get('/users/me', { token })).status),
  )
  assert.equal(new Set(statuses).size, 1, 'both instances say the same')
  assert.ok(statuses[0] === 200 || statuses[0] === 401)
  return statuses[0] === 200
}

function succeeded(outcomes: Outcome[], kind: Request['kind']): Outcome[] {
  return outcomes.filter((outcome) => outcome.kind === kind && outcome.status === 200)
}

/** The passwords, of all that may be it, that sign in. */
async function workingPasswords(person: Person): Promise<string[]> {
  const answers = await Promise.all(
    PASSWORDS.map(async (password) => ({
      password,
      status: (await logIn(instances.app, { ...person, password })).status,
    })),
  )
  return answers.filter(({ status }) => status === 200).map(({ password }) => password)
}

/** Of the answers to one refresh token all that are no refusal are the same. */
function assertOnePair(outcomes: Outcome[], session: number): void {
  const pairs = succeeded(outcomes, 'refresh').filter((outcome) => outcome.session === session)
  assert.ok(new Set(pairs.map((answer) => JSON.stringify(pairOf(answer)))).size <= 1)
}

async function assertEnded(person: Owner, outcomes: Outcome[]): Promise<void> {
  for (const kind of ['log out', 'end'] as const) {
    for (const { session } of succeeded(outcomes, kind)) {
      assert.equal(await opens(person.pairs[session]?.access ?? ''), false, kind)
      const again = outcomes.find((outcome) => outcome.kind === 'refresh' && outcome.session === session)
      if (again?.status === 200)
        assert.equal(await opens(again.data.access_token), false, `${kind}, refreshed`)
    }
  }
}

async function assertAccount(person: Owner, outcomes: Outcome[]): Promise<void> {
  const tokens = [
    ...person.pairs.map(({ access }) => access),
    ...outcomes.flatMap(({ data }) => (data?.access_token ? [data.access_token] : [])),
  ]
  const open = await Promise.all(tokens.map(opens))
  const alive = tokens.find((_, index) => open[index])
  if (alive !== undefined) {
    const { data } = await createClient(instances.twin).get('/sessions', { token: alive })
    assert.ok(data.total_sessions <= MAX_SESSIONS, `${data.total_sessions} sessions`)
  }
  const working = await workingPasswords(person)
  const changes = succeeded(outcomes, 'change password').map(({ password }) => PASSWORDS[password])
  if (succeeded(outcomes, 'delete').length > 0) {
    assert.equal(alive, undefined, 'a deleted account is open to nobody')
    assert.deepEqual(working, [])
    return
  }
  assert.equal(working.length, 1, 'one password signs in')
  assert.ok(changes.length === 0 ? working[0] === person.password : changes.includes(working[0]))
  assert.ok(changes.length <= 1, 'what was proved by the older password changes nothing twice')
}

const request: fc.Arbitrary<Request> = fc.record({
  kind: fc.constantFrom(...KINDS.slice(0, -1), ...KINDS.slice(0, 2), ...KINDS),
  instance: fc.nat({ max: 1 }),
  session: fc.nat({ max: 1 }),
  password: fc.integer({ min: 1, max: 2 }),
})

describe('whatever happens to an account at the same time, at two instances', () => {
  it('leaves one truth: what was ended is ended, one password signs in, nobody has more sessions than the cap', async () => {
    const storm = fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 14 }), async (requests) => {
      const person = await owner()
      const outcomes = await Promise.all(
        requests.map(async (one): Promise<Outcome> => ({ ...one, ...(await send(person, one)) })),
      )
      for (const { kind, status } of outcomes) {
        assert.ok(ALLOWED[kind].includes(status), `${kind} was answered ${status}`)
      }
      assertOnePair(outcomes, 0)
      assertOnePair(outcomes, 1)
      await assertEnded(person, outcomes)
      await assertAccount(person, outcomes)
    })
    await fc.assert(storm, { numRuns: RUNS, seed: SEED, endOnFailure: true })
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { TestApp } from '../app.ts'
import { createClient } from '../client.ts'
import { complaint, refusalComplaint } from '../complaint.ts'
import { type LocatedOperation, operationsOf } from '../openapi.ts'
import { logIn, type SignedUp, signUp } from '../people.ts'
import { type Draft, draft } from './fuzz/requests.ts'
import { type FuzzAnswer, type FuzzRequest, send } from './fuzz/send.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'
import { fuzzSeed } from './seed.ts'

const instances = useInstances()

/** At once; each of them twice or so to every operation in all. */
const AT_ONCE = 25
const ROUNDS = isLong ? 900 : 60
/** What a session may do before its limit hides what we look for. */
const USES = 250

async function readOperations({ url }: TestApp): Promise<LocatedOperation[]> {
  return operationsOf(JSON.parse(await (await fetch(`${url}/openapi.json`)).text()))
}

/** What is wrong with the answer to a method that an address does not have, or to an address that is none. */
function otherComplaint(answer: FuzzAnswer): string | undefined {
  const { status, headers, body } = answer
  if (status === 204) return undefined
  if (status < 400 || status >= 500) return 'it is no refusal'
  if (status === 405 && headers.allow === undefined) return 'it names no method that is allowed'
  return refusalComplaint(status, body)
}

function complaintAbout(draft: Draft, sent: FuzzRequest, answer: FuzzAnswer): string | undefined {
  if (answer.headers['x-request-id'] === undefined) return 'it has no id'
  const isHead = sent.method === 'HEAD'
  if (isHead) return answer.status < 500 ? undefined : 'it is a failure'
  const isElsewhere = draft.isOtherMethod || [204, 404, 405].includes(answer.status)
  return isElsewhere && answer.status !== 200 ? otherComplaint(answer) : complaint(draft.operation, answer)
}

async function sendOne(app: TestApp, one: Draft, sent: FuzzRequest): Promise<string[]> {
  const shown = `${one.operation.operationId} ${JSON.stringify(sent).slice(0, 3_000)}`
  try {
    const answer = await send(app.url, sent)
    const wrong = complaintAbout(one, sent, answer)
    return wrong === undefined
      ? []
      : [`${shown} was answered by ${answer.status} ${JSON.stringify(answer.body)}: ${wrong}`]
  } catch (error) {
    return [`${shown} was not answered: ${error}`]
  }
}

/** All that somebody can see of the account, and that the password still opens it. */
async function stateOf(app: TestApp, person: SignedUp): Promise<unknown> {
  const { data, status } = await person.client.post('/auth/refresh', { refresh_token: person.refreshToken })
  assert.equal(status, 200, 'the session was not refreshed')
  Object.assign(person, { accessToken: data.access_token, refreshToken: data.refresh_token })
  const { data: profile } = await person.client.get('/users/me', { token: person.accessToken })
  const { data: list } = await person.client.get('/sessions', { token: person.accessToken })
  const again = await logIn(app, person, person.client)
  assert.equal(again.status, 200, 'the password opens nothing')
  await person.client.post('/auth/logout', { refresh_token: again.data.refresh_token })
  return { profile, sessions: list.sessions.map(({ id }: { id: string }) => id) }
}

describe('a fuzz of every route', () => {
  it('finds no failure, no answer that is not declared, none that never comes, and changes nobody else', async (t) => {
    const { app, twin } = instances
    const seed = fuzzSeed()
    t.diagnostic(`SEED=${seed}`)
    const operations = await readOperations(app)
    const victim = await signUp(app, { password: 'granite-ferry-6-meadow' })
    const before = await stateOf(app, victim)
    let own = await signUp(app)
    let uses = 0
    let count = 0
    const keepSignedIn = async () => {
      uses += AT_ONCE
      const { status } = await createClient(app).get('/users/me', { token: own.accessToken })
      if (status === 200 && uses < USES) return
      own = await signUp(app)
      uses = 0
    }
    const drafts = fc.array(fc.oneof(...operations.map(draft)), { minLength: AT_ONCE, maxLength: AT_ONCE })
    const round = fc.asyncProperty(drafts, async (all) => {
      await keepSignedIn()
      app.clock.advance(1)
      const complaints = await Promise.all(
        all.map((one, index) => sendOne(index % 2 === 0 ? app : twin, one, one.toRequest({ own, victim }))),
      )
      count += all.length
      assert.deepEqual(complaints.flat(), [])
    })
    await fc.assert(round, { numRuns: ROUNDS, seed, endOnFailure: true })
    t.diagnostic(`${count} requests`)
    assert.deepEqual(await stateOf(twin, victim), before)
    for (const { url } of [app, twin]) assert.equal((await fetch(`${url}/health/ready`)).status, 200)
  })
})

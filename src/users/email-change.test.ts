import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import {
  countMails,
  logIn,
  makePerson,
  OTHER_PASSWORD,
  readCode,
  type SignedUp,
  signUp,
  wrongCode,
} from '../../test/people.ts'

const DAY = 86_400

let app: TestApp
let twin: TestApp

before(async () => {
  app = await startTestApp()
  twin = await startTestApp({ sharing: app })
})
after(async () => {
  await twin.close()
  await app.close()
})

const me = (person: SignedUp) => person.client.get('/users/me', { token: person.accessToken })
const put = (person: SignedUp, body: unknown) =>
  person.client.put('/users/me', body, { token: person.accessToken })
const verify = (person: SignedUp, verification_code: string, client = person.client) =>
  client.post('/users/me/verify-email', { verification_code }, { token: person.accessToken })

/** Somebody who asked for a new address and was mailed a code. */
async function whoChanges(changes: Parameters<typeof signUp>[1] = {}) {
  const person = await signUp(app, changes)
  const { email } = makePerson()
  assert.equal((await put(person, { email })).status, 200)
  return { person, email, code: await readCode(app, email) }
}

async function resetPassword(person: SignedUp, code: string) {
  const reset = { identifier: person.email, verification_code: code, new_password: OTHER_PASSWORD }
  return createClient(app).post('/auth/reset-password', reset)
}

async function askForReset(person: SignedUp): Promise<string> {
  // A mail that is newer by time than all before.
  app.clock.advance(1)
  await createClient(app).post('/auth/forgot-password', { identifier: person.email })
  return readCode(app, person.email)
}

describe('a new e-mail address', () => {
  it('waits for its code; the old one signs in and is mailed meanwhile, the new one does not', async () => {
    const { person, email } = await whoChanges()
    const { data } = await me(person)
    assert.deepEqual([data.email, data.pending_email], [person.email, email])
    const signedIn = await logIn(app, person)
    assert.equal(signedIn.data.user.pending_email, email)
    assert.equal((await logIn(app, { ...person, email })).status, 401)
    await createClient(app).post('/auth/forgot-password', { identifier: email })
    assert.equal(await countMails(app, email, /./), 1)
  })

  it('takes the place of the old one by its code, which works once; the old one is told', async () => {
    const { person, email, code } = await whoChanges()
    const { status, data } = await verify(person, code)
    assert.equal(status, 200)
    assert.equal(data.email, email)
    assert.ok(!('pending_email' in data))
    assert.deepEqual((await me(person)).data, data)
    assert.equal(await countMails(app, person.email, /address was changed/), 1)
    assert.equal(await countMails(app, email, /address was changed/), 0)
    assert.equal((await logIn(app, { ...person, email })).status, 200)
    assert.equal((await logIn(app, person)).status, 401)
    assert.equal((await verify(person, code)).error.code, 'invalid_code')
    assert.equal((await signUp(app, { email: person.email })).answer.status, 200)
  })

  it('is kept in its one form', async () => {
    const person = await signUp(app)
    const { email } = makePerson()
    const { data } = await put(person, { email: ` ${email.toUpperCase()} ` })
    assert.equal(data.pending_email, email)
  })

  it('goes on waiting when a page sends the present one along', async () => {
    const { person, email, code } = await whoChanges()
    const page = { name: 'Ada King', username: person.username, email: person.email, phone: '' }
    assert.equal((await put(person, page)).data.pending_email, email)
    assert.equal((await verify(person, code)).data.email, email)
  })

  it('comes with the other changes of its request, which do not wait', async () => {
    const person = await signUp(app)
    const { email } = makePerson()
    const { data } = await put(person, { email, name: 'Ada King' })
    assert.deepEqual([data.name, data.email, data.pending_email], ['Ada King', person.email, email])
  })

  it('changes at once for 20 requests on two instances with one code: one succeeds', async () => {
    const { person, email, code } = await whoChanges()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => verify(person, code, createClient(i % 2 ? app : twin))),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.ok(answers.every(({ status }) => [200, 400, 429].includes(status)))
    assert.equal((await me(person)).data.email, email)
    assert.equal(await countMails(app, person.email, /address was changed/), 1)
  })
})

describe('asking for a new address', () => {
  it('needs a sign-in in the last 15 minutes, by login, verification or password; a refresh is none', async () => {
    const person = await signUp(app)
    const token = async (answer: ReturnType<typeof logIn>) => (await answer).data.access_token
    const ask = (asToken: string) =>
      createClient(app).put('/users/me', { email: makePerson().email, name: 'Ada King' }, { token: asToken })
    app.clock.advance(900)
    assert.equal((await ask(person.accessToken)).status, 200)
    app.clock.advance(1)
    const { status, error } = await ask(person.accessToken)
    assert.deepEqual([status, error.code], [403, 'reauthentication_required'])
    const refreshed = await token(
      createClient(app).post('/auth/refresh', { refresh_token: person.refreshToken }),
    )
    assert.equal((await ask(refreshed)).status, 403)
    assert.equal((await ask(await token(logIn(app, person)))).status, 200)
    assert.equal((await ask(refreshed)).status, 403)
    const confirmation = { password: person.password }
    await createClient(app).post('/auth/reauthenticate', confirmation, { token: refreshed })
    assert.equal((await ask(refreshed)).status, 200)
  })

  it('too late changes nothing of what came along, and mails nobody', async () => {
    const person = await signUp(app)
    const { email } = makePerson()
    app.clock.advance(901)
    await put(person, { email, name: 'Ada King' })
    assert.equal((await me(person)).data.name, person.name)
    assert.deepEqual(await app.mails(email), [])
    assert.equal((await put(person, { email: person.email, name: 'Ada King' })).data.name, 'Ada King')
  })

  it('mails an address once a minute, of which nobody is told; the code that was mailed goes on working', async () => {
    const { person, email, code } = await whoChanges()
    for (let i = 0; i < 3; i += 1) assert.equal((await put(person, { email })).data.pending_email, email)
    assert.equal((await app.mails(email)).length, 1)
    app.clock.advance(61)
    await put(person, { email })
    const newer = await readCode(app, email)
    assert.equal((await app.mails(email)).length, 2)
    assert.equal((await verify(person, code)).error.code, 'invalid_code')
    assert.equal((await verify(person, newer)).status, 200)
  })

  it('along with a username that is taken mails nobody, and the same address is mailed at the next try', async () => {
    const [person, other] = [await signUp(app), await signUp(app)]
    const { email } = makePerson()
    const refused = await put(person, { email, username: other.username })
    assert.deepEqual([refused.status, refused.error.code], [409, 'username_taken'])
    assert.equal((await me(person)).data.pending_email, undefined)
    const free = makePerson().username
    assert.equal((await put(person, { email, username: free })).data.pending_email, email)
    assert.equal((await app.mails(email)).length, 1)
    app.clock.advance(61)
    assert.equal((await put(person, { email, username: free.toUpperCase() })).status, 200)
  })

  it('is possible 20 times an hour from one address; other changes are not counted', async () => {
    const person = await signUp(app, {}, createClient(app))
    const client = createClient(app)
    const ask = (body: object) => client.put('/users/me', body, { token: person.accessToken })
    for (let i = 0; i < 20; i += 1) assert.equal((await ask({ email: makePerson().email })).status, 200)
    const refused = await ask({ email: makePerson().email, name: 'Ada King' })
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal((await me(person)).data.name, person.name)
    assert.equal((await ask({ email: person.email, name: 'Ada King' })).status, 200)
  })
})

describe('the code for a new address', () => {
  it('opens that address alone, not one that was asked for later', async () => {
    const { person, code } = await whoChanges()
    const second = makePerson()
    // Somebody else has just had a mail sent there, so none goes out for this one.
    await put(await signUp(app), { email: second.email })
    await put(person, { email: second.email })
    assert.equal((await verify(person, code)).error.code, 'invalid_code')
    assert.equal((await me(person)).data.email, person.email)
  })

  it('is dead once another address was mailed one', async () => {
    const { person, email, code } = await whoChanges()
    const second = makePerson()
    await put(person, { email: second.email })
    const newer = await readCode(app, second.email)
    assert.equal((await verify(person, code)).error.code, 'invalid_code')
    assert.equal((await verify(person, newer)).data.email, second.email)
    assert.equal((await logIn(app, { ...person, email })).status, 401)
  })

  it('opens nothing for somebody else, who wants the same address too', async () => {
    const { email, code } = await whoChanges()
    const other = await signUp(app)
    assert.equal((await verify(other, code)).error.code, 'invalid_code')
    await put(other, { email })
    assert.equal((await verify(other, code)).error.code, 'invalid_code')
  })

  it('is for no other purpose, and no other code is for it', async () => {
    const { person, code } = await whoChanges()
    assert.equal((await resetPassword(person, code)).error.code, 'invalid_code')
    const resetCode = await askForReset(person)
    assert.equal((await verify(person, resetCode)).error.code, 'invalid_code')
    assert.equal((await me(person)).data.email, person.email)
  })

  it('has five tries', async () => {
    const { person, code } = await whoChanges()
    for (let i = 0; i < 5; i += 1) {
      const { status, error } = await verify(person, wrongCode(code), createClient(app))
      assert.deepEqual([status, error.code], [400, 'invalid_code'])
    }
    assert.equal((await verify(person, code)).error.code, 'invalid_code')
  })

  it('is tried ten times an hour at most, over all codes and addresses', async () => {
    const person = await signUp(app)
    for (let i = 0; i < 10; i += 1) {
      assert.equal((await verify(person, '000000', createClient(app))).status, 400)
    }
    assert.equal((await verify(person, '000000', createClient(twin))).status, 429)
  })

  it('lives ten minutes from its mail', async () => {
    const early = await whoChanges()
    app.clock.advance(599)
    assert.equal((await verify(early.person, early.code)).status, 200)
    const late = await whoChanges()
    app.clock.advance(600)
    assert.equal((await verify(late.person, late.code)).error.code, 'invalid_code')
  })

  it('of nobody who asked is as wrong as any', async () => {
    const asked = await whoChanges()
    const wrong = await verify(asked.person, wrongCode(asked.code))
    const { status, error } = await verify(await signUp(app), '123456')
    assert.equal(status, 400)
    assert.deepEqual({ ...error, request_id: '' }, { ...wrong.error, request_id: '' })
  })

  it('fails for a database that refuses the change for another reason', async () => {
    const { person, email, code } = await whoChanges()
    const { db } = app.platform
    await sql`ALTER TABLE users ADD CONSTRAINT no_change CHECK (email <> ${sql.lit(email)})`.execute(db)
    const answer = await verify(person, code)
    assert.deepEqual([answer.status, answer.error.code], [500, 'internal_error'])
    await sql`ALTER TABLE users DROP CONSTRAINT no_change`.execute(db)
  })
})

describe('an address that somebody has', () => {
  it('answers as a free one does, and its owner is told', async () => {
    const owner = await signUp(app)
    const [person, other] = [await signUp(app), await signUp(app)]
    const { email } = makePerson()
    const taken = await put(person, { email: owner.email })
    const free = await put(other, { email })
    assert.deepEqual([taken.status, taken.data.pending_email], [200, owner.email])
    assert.deepEqual(Object.keys(taken.data), Object.keys(free.data))
    assert.deepEqual([...taken.headers.keys()], [...free.headers.keys()])
    assert.equal(await countMails(app, owner.email, /already have/), 1)
    assert.match(await readCode(app, email), /^\d{6}$/)
    const told = (await app.mails(owner.email)).find(({ subject }) => /already have/.test(subject))
    assert.ok(told && !/^\d{6}$/m.test(told.text))
    const [right, wrong] = [await verify(person, '123456'), await verify(other, '123456')]
    assert.deepEqual({ ...right.error, request_id: '' }, { ...wrong.error, request_id: '' })
  })

  it('tells its owner once a minute, and answers alike meanwhile', async () => {
    const owner = await signUp(app)
    for (let i = 0; i < 3; i += 1) {
      const { data } = await put(await signUp(app), { email: owner.email })
      assert.equal(data.pending_email, owner.email)
    }
    assert.equal(await countMails(app, owner.email, /already have/), 1)
  })

  it('since it was asked for opens nothing by its code, and leaves both accounts as they are', async () => {
    const { person, email, code } = await whoChanges()
    app.clock.advance(1)
    const owner = await signUp(app, { email })
    assert.equal((await verify(person, code)).error.code, 'invalid_code')
    assert.equal((await me(person)).data.email, person.email)
    assert.equal((await me(owner)).data.email, email)
  })

  it('since two wanted it at once has one of them', async () => {
    const first = await whoChanges()
    const second = await signUp(app)
    app.clock.advance(61)
    await put(second, { email: first.email })
    const [newest] = await app.mails(first.email)
    const code = /^\d{6}$/m.exec(newest?.text ?? '')?.[0] ?? ''
    const answers = await Promise.all([verify(first.person, first.code), verify(second, code)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400])
  })
})

describe('a change of address that waits', () => {
  it('is dropped by a reset of the password, with its code', async () => {
    const { person, code } = await whoChanges()
    assert.equal((await resetPassword(person, await askForReset(person))).status, 200)
    const { data } = await logIn(app, { ...person, password: OTHER_PASSWORD })
    assert.ok(!('pending_email' in data.user))
    const body = { verification_code: code }
    const answer = await person.client.post('/users/me/verify-email', body, { token: data.access_token })
    assert.equal(answer.error.code, 'invalid_code')
  })

  it('is dropped after a day', async () => {
    const { person, email } = await whoChanges()
    app.clock.advance(DAY - 1)
    const within = await logIn(app, person)
    assert.equal(within.data.user.pending_email, email)
    app.clock.advance(1)
    const { data } = await createClient(app).get('/users/me', { token: within.data.access_token })
    assert.ok(!('pending_email' in data))
  })

  it('that dropped opens nothing, though a code of it were alive', async () => {
    const { person, code } = await whoChanges()
    await app.platform.db
      .updateTable('users')
      .set({ pending_email_expires_at: app.clock.now() })
      .where('id', '=', person.id)
      .execute()
    assert.equal((await verify(person, code)).error.code, 'invalid_code')
  })

  it('that comes true ends the codes to reset the password that went to the old address', async () => {
    const { person, email, code } = await whoChanges()
    const resetCode = await askForReset(person)
    assert.equal((await verify(person, code)).status, 200)
    for (const address of [person.email, email, person.username]) {
      const answer = await resetPassword({ ...person, email: address }, resetCode)
      assert.equal(answer.error.code, 'invalid_code')
    }
  })

  it('is in the activity when it is asked for and when it comes true', async () => {
    const { person, code } = await whoChanges()
    app.clock.advance(1)
    await verify(person, code)
    const { data } = await person.client.get('/users/me/activity', { token: person.accessToken })
    const names = data.events.map(({ event }: { event: string }) => event)
    assert.deepEqual(names.slice(0, 2), ['email_changed', 'email_change_requested'])
  })
})

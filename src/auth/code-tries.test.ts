import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Answer, createClient } from '../../test/client.ts'
import {
  logIn,
  makePerson,
  OTHER_PASSWORD,
  type Person,
  readCode,
  signUp,
  wrongCode,
} from '../../test/people.ts'

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

const post = (path: string, body: object, client = createClient(app)) => client.post(`/auth/${path}`, body)

/** How often each status was answered. */
function tally(answers: Answer[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

type Waiting = Person & { id: string; code: string }

/** Somebody who registered and has the code. */
async function registered(): Promise<Waiting> {
  const person = makePerson()
  const { data } = await post('register', person)
  return { ...person, id: data.user.id, code: await readCode(app, person.email) }
}

/** Somebody with an account who has a code to reset the password. */
async function forgetful() {
  const person = await signUp(app)
  app.clock.advance(1)
  await post('forgot-password', { identifier: person.email })
  return { ...person, code: await readCode(app, person.email) }
}

async function triesOf(registrationId: string): Promise<number | undefined> {
  const row = await app.platform.db
    .selectFrom('one_time_codes')
    .select('attempts')
    .where('registration_id', '=', registrationId)
    .executeTakeFirst()
  return row?.attempts
}

describe('the tries of a code', () => {
  it('are five: then the right one is refused, and a new one opens', async () => {
    const { id, email, code } = await registered()
    for (let i = 0; i < 5; i += 1) {
      const { status } = await post('verify', { identifier: id, verification_code: wrongCode(code) })
      assert.equal(status, 400)
    }
    assert.equal(
      (await post('verify', { identifier: id, verification_code: code })).error.code,
      'invalid_code',
    )
    app.clock.advance(1)
    await post('resend-verification', { identifier: id })
    const fresh = await readCode(app, email)
    assert.equal((await post('verify', { identifier: email, verification_code: fresh })).status, 200)
  })

  it('of 200 at once from 200 addresses on two instances are no more, and at most one succeeds', async () => {
    const { id, email, code } = await registered()
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        post(
          i % 3 === 0 ? 'check-verification-code' : 'verify',
          {
            identifier: i % 2 ? email : id,
            verification_code: i === 150 ? code : wrongCode(code),
            purpose: 'verification',
          },
          createClient(i % 2 ? app : twin),
        ),
      ),
    )
    const { 200: right = 0, 400: wrong = 0, 429: refused = 0, ...others } = tally(answers)
    assert.deepEqual(others, {})
    assert.ok(right <= 1, `${right} succeeded`)
    assert.ok(right + wrong <= 20, `${right + wrong} were within the budgets of two identifiers`)
    assert.equal(right + wrong + refused, 200)
    assert.equal((await triesOf(id)) ?? 5, 5)
  })

  it('of a reset are five as well, checks included, and spare the tries of others', async () => {
    const person = await forgetful()
    const other = await forgetful()
    const body = { identifier: person.email, verification_code: wrongCode(person.code) }
    for (let i = 0; i < 4; i += 1) assert.equal((await post('check-verification-code', body)).status, 400)
    const right = {
      identifier: person.username,
      verification_code: person.code,
      new_password: OTHER_PASSWORD,
    }
    assert.equal((await post('check-verification-code', right)).status, 200)
    assert.equal((await post('reset-password', right)).error.code, 'invalid_code')
    assert.equal((await logIn(app, person)).status, 200)
    const unhurt = { identifier: other.email, verification_code: other.code, new_password: OTHER_PASSWORD }
    assert.equal((await post('reset-password', unhurt)).status, 200)
  })

  it('of a reset with one code by 50 requests on two instances have one effect', async () => {
    const { email, username, code, ...person } = await forgetful()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        post(
          'reset-password',
          {
            identifier: i % 2 ? email : username,
            verification_code: code,
            new_password: `${OTHER_PASSWORD}-${i}`,
          },
          createClient(i % 2 ? app : twin),
        ),
      ),
    )
    assert.equal(tally(answers)[200], 1)
    assert.ok(answers.every(({ status }) => [200, 400, 429, 503].includes(status)))
    const winner = answers.findIndex(({ status }) => status === 200)
    const password = `${OTHER_PASSWORD}-${winner}`
    assert.equal((await logIn(app, { ...person, email, username, password })).status, 200)
    const notices = await app.mails(email)
    assert.equal(notices.filter(({ subject }) => subject.includes('password was changed')).length, 1)
  })
})

describe('the budget of an identifier', () => {
  it('is ten an hour for all codes together: new codes give no tries beyond it', async () => {
    const { id, email, code } = await registered()
    const start = app.clock.now().getTime()
    const tryWrong = (current: string) =>
      post('verify', { identifier: email, verification_code: wrongCode(current) })
    let current = code
    let tries = 0
    while (tries < 10) {
      for (let i = 0; i < 4 && tries < 10; i += 1) {
        assert.equal((await tryWrong(current)).status, 400)
        tries += 1
      }
      app.clock.advance(61)
      await post('resend-verification', { identifier: id })
      current = await readCode(app, email)
    }
    const check = { identifier: email, verification_code: current }
    for (const path of ['verify', 'check-verification-code']) {
      const refused = await post(path, check)
      assert.equal(refused.status, 429)
      const left = 3_600 - (app.clock.now().getTime() - start) / 1_000
      assert.equal(refused.headers.get('retry-after'), String(left))
    }
    app.clock.advance(3_600)
    await post('resend-verification', { identifier: id })
    const fresh = { identifier: email, verification_code: await readCode(app, email) }
    assert.equal((await post('verify', fresh)).status, 200)
  })

  it('is one for every spelling of it', async () => {
    const { email } = makePerson()
    const fullWidth = email.replace('ada', 'ＡＤＡ').replace('@', '＠')
    const spellings = [email, email.toUpperCase(), ` ${email}  `, fullWidth]
    const ask = (identifier = '') => post('verify', { identifier, verification_code: '123456' })
    for (let i = 0; i < 10; i += 1) assert.equal((await ask(spellings[i % 4])).status, 400)
    for (const spelling of spellings) assert.equal((await ask(spelling)).status, 429)
  })

  it('is another for another purpose', async () => {
    const identifier = makePerson().email
    const body = { identifier, verification_code: '123456', new_password: OTHER_PASSWORD }
    for (let i = 0; i < 10; i += 1) await post('verify', body)
    assert.equal((await post('verify', body)).status, 429)
    assert.equal((await post('reset-password', body)).status, 400)
    assert.equal((await post('check-verification-code', { ...body, purpose: 'password_reset' })).status, 400)
    // Without a purpose both could be meant.
    assert.equal((await post('check-verification-code', body)).status, 429)
  })

  it('beside it, an address has 30 tries in five minutes, whoever is tried; another address goes on', async () => {
    const client = createClient(app)
    const ask = (by = client) =>
      post('verify', { identifier: makePerson().email, verification_code: '123456' }, by)
    for (let i = 0; i < 30; i += 1) assert.equal((await ask()).status, 400)
    const refused = await ask()
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '300')
    assert.equal((await ask(createClient(app))).status, 400)
    assert.equal((await ask(createClient(twin, { ip: client.ip }))).status, 429)
    app.clock.advance(300)
    assert.equal((await ask()).status, 400)
  })

  it('is not touched by a new password that is weak for anybody', async () => {
    const identifier = makePerson().email
    const body = { identifier, verification_code: '123456', new_password: 'password1' }
    for (let i = 0; i < 12; i += 1) assert.equal((await post('reset-password', body)).status, 422)
    assert.equal((await post('reset-password', { ...body, new_password: OTHER_PASSWORD })).status, 400)
  })
})

describe('a code', () => {
  it('of one registration is refused for another of the same address, and for other people', async () => {
    const email = makePerson().email
    const first = makePerson({ email })
    const second = makePerson({ email })
    const ids: string[] = []
    const codes: string[] = []
    for (const person of [first, second]) {
      ids.push((await post('register', person)).data.user.id)
      codes.push(await readCode(app, email))
      app.clock.advance(1)
    }
    const stranger = await registered()
    assert.equal((await post('verify', { identifier: ids[0], verification_code: codes[1] })).status, 400)
    assert.equal((await post('verify', { identifier: stranger.id, verification_code: codes[1] })).status, 400)
    const opened = await post('verify', { identifier: ids[0], verification_code: codes[0] })
    assert.equal(opened.data.user.username, first.username)
    // The address has its account now: what else was registered for it is gone.
    assert.equal((await post('verify', { identifier: ids[1], verification_code: codes[1] })).status, 400)
  })

  it('is refused once a newer one was mailed, also for a reset', async () => {
    const person = await forgetful()
    app.clock.advance(60)
    await post('forgot-password', { identifier: person.username })
    const fresh = await readCode(app, person.email)
    assert.notEqual(fresh, person.code)
    const body = { identifier: person.email, new_password: OTHER_PASSWORD }
    assert.equal((await post('reset-password', { ...body, verification_code: person.code })).status, 400)
    assert.equal((await post('reset-password', { ...body, verification_code: fresh })).status, 200)
  })

  it('to reset a password opens no registration, and one of a registration resets no password', async () => {
    const person = await forgetful()
    const waiting = await registered()
    const swapped = [
      ['verify', person.email, person.code],
      ['verify', waiting.email, person.code],
      ['reset-password', waiting.email, waiting.code],
      ['reset-password', person.email, waiting.code],
    ]
    for (const [path = '', identifier, verification_code] of swapped) {
      const answer = await post(path, { identifier, verification_code, new_password: OTHER_PASSWORD })
      assert.equal(answer.error.code, 'invalid_code')
    }
  })

  it('is neither in its row nor in the log', async () => {
    const { id, code } = await registered()
    const { db } = app.platform
    const rows = await db.selectFrom('one_time_codes').selectAll().where('registration_id', '=', id).execute()
    assert.ok(!Object.values(rows[0] ?? {}).some((value) => String(value) === code))
    await post('verify', { identifier: id, verification_code: wrongCode(code) })
    assert.ok(!app.logs.some((line) => new RegExp(`\\b${code}\\b`).test(line)))
  })
})

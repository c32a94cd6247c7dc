import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Answer, createClient } from '../client.ts'
import { logIn, makePerson, OTHER_PASSWORD, PASSWORD, readCode, signUp, wrongCode } from '../people.ts'
import { atOnce, tally, useInstances } from './instances.ts'

const instances = useInstances()

/** Each request from an address of its own, on one instance and the other by turns. */
function post(path: string, body: object, number = 0, ip?: string): Promise<Answer> {
  const on = number % 2 === 0 ? instances.app : instances.twin
  return createClient(on, ip === undefined ? {} : { ip }).post(path, body)
}

async function waiting() {
  const person = makePerson()
  const { data } = await post('/auth/register', person)
  return { ...person, id: String(data.user.id), code: await readCode(instances.app, person.email) }
}

async function forgetful() {
  const person = await signUp(instances.app)
  instances.app.clock.advance(1)
  await post('/auth/forgot-password', { identifier: person.email })
  return { ...person, code: await readCode(instances.app, person.email) }
}

async function moving() {
  const person = await signUp(instances.app)
  const email = makePerson().email
  await person.client.put('/users/me', { email }, { token: person.accessToken })
  return { ...person, code: await readCode(instances.app, email) }
}

const reset = (identifier: string, code: string, number = 0) =>
  post(
    '/auth/reset-password',
    { identifier, verification_code: code, new_password: `${OTHER_PASSWORD}-${number}` },
    number,
  )
const verify = (identifier: string, code: string, number = 0) =>
  post('/auth/verify', { identifier, verification_code: code }, number)
const check = (identifier: string, code: string, purpose: string, number = 0) =>
  post('/auth/check-verification-code', { identifier, verification_code: code, purpose }, number)

describe('2. a code opens what it was not made for', () => {
  it('that is another purpose', async () => {
    const [fresh, lost, mover] = [await waiting(), await forgetful(), await moving()]
    const confirm = (code: string) =>
      mover.client.post('/users/me/verify-email', { verification_code: code }, { token: mover.accessToken })
    const swapped = [
      () => verify(fresh.id, lost.code),
      () => verify(fresh.id, mover.code),
      () => verify(lost.email, lost.code),
      () => reset(lost.email, fresh.code),
      () => reset(lost.email, mover.code),
      () => reset(mover.email, mover.code),
      () => check(mover.email, mover.code, 'password_reset'),
      () => check(fresh.email, lost.code, 'verification'),
      () => confirm(fresh.code),
      () => confirm(lost.code),
    ]
    for (const attempt of swapped) {
      const { status, error } = await attempt()
      assert.deepEqual([status, error?.code], [400, 'invalid_code'], attempt.toString())
    }
    assert.equal((await verify(fresh.id, fresh.code)).status, 200)
    assert.equal((await reset(lost.email, lost.code)).status, 200)
    assert.equal((await confirm(mover.code)).status, 200)
  })

  it('that is somebody else’s account', async () => {
    const [mine, theirs] = [await forgetful(), await forgetful()]
    assert.equal((await reset(theirs.email, mine.code)).status, 400)
    assert.equal((await reset(mine.email, theirs.code)).status, 400)
    const [first, second] = [await waiting(), await waiting()]
    assert.equal((await verify(first.id, second.code)).status, 400)
    const [here, there] = [await moving(), await moving()]
    const confirmed = await here.client.post(
      '/users/me/verify-email',
      { verification_code: there.code },
      { token: here.accessToken },
    )
    assert.equal(confirmed.status, 400)
    assert.equal((await logIn(instances.app, theirs)).status, 200)
  })

  it('after a newer one was sent', async () => {
    const fresh = await waiting()
    const lost = await forgetful()
    instances.app.clock.advance(61)
    await post('/auth/resend-verification', { identifier: fresh.id })
    await post('/auth/forgot-password', { identifier: lost.email })
    const newest = await readCode(instances.app, fresh.email)
    const newestReset = await readCode(instances.app, lost.email)
    assert.equal((await verify(fresh.id, fresh.code)).status, 400)
    assert.equal((await reset(lost.email, lost.code)).status, 400)
    assert.equal((await verify(fresh.id, newest)).status, 200)
    assert.equal((await reset(lost.email, newestReset)).status, 200)
  })
})

describe('3. a code can be guessed with more tries than the documented', () => {
  it('since the right one is taken after five wrong ones', async () => {
    const fresh = await waiting()
    const lost = await forgetful()
    for (let i = 0; i < 5; i += 1) {
      assert.equal((await verify(fresh.id, wrongCode(fresh.code), i)).status, 400)
      assert.equal((await reset(lost.email, wrongCode(lost.code), i)).status, 400)
    }
    assert.equal((await verify(fresh.id, fresh.code)).error.code, 'invalid_code')
    // By another identifier of the same account as well: it is the code that is spent.
    assert.equal((await reset(lost.username, lost.code)).error.code, 'invalid_code')
  })

  it('since new codes, 50 addresses and questions about the code give more in an hour', async () => {
    const lost = await forgetful()
    let evaluated = 0
    for (let round = 0; round < 5; round += 1) {
      const guess = wrongCode(await readCode(instances.app, lost.email))
      const answers = await atOnce(10, (i) =>
        i % 2 === 0 ? reset(lost.email, guess, i) : check(lost.email, guess, 'password_reset', i),
      )
      evaluated += tally(answers)[400] ?? 0
      assert.deepEqual(
        Object.keys(tally(answers)).filter((status) => !['400', '429'].includes(status)),
        [],
      )
      instances.app.clock.advance(61)
      await post('/auth/forgot-password', { identifier: lost.email })
    }
    assert.ok(evaluated <= 10, `${evaluated} guesses were looked at within an hour`)
    const code = await readCode(instances.app, lost.email)
    assert.equal((await reset(lost.email, code)).status, 429)
    assert.equal((await check(lost.email, code, 'password_reset')).status, 429)
    assert.equal((await check(lost.email.toUpperCase(), code, 'password_reset')).status, 429)
  })

  it('of any account, from one address, beyond 30 in five minutes', async () => {
    const answers = await atOnce(60, (i) =>
      post('/auth/verify', { identifier: makePerson().email, verification_code: '123456' }, i, '203.0.113.3'),
    )
    assert.deepEqual(tally(answers), { 400: 30, 429: 30 })
  })
})

describe('4. a race gives more guesses than the documented', () => {
  it('200 codes at once: of one code no more than five are looked at, and at most one succeeds', async () => {
    const lost = await forgetful()
    const spellings = [lost.email, lost.username, lost.email.toUpperCase(), lost.username.toUpperCase()]
    const answers = await atOnce(200, (i) => {
      const [identifier = '', code] = [spellings[i % 4], i === 120 ? lost.code : wrongCode(lost.code)]
      // Not all of them: a new password is weighed in the hashing queue, which would shed so many.
      return i % 10 === 0 ? reset(identifier, code, i) : check(identifier, code, 'password_reset', i)
    })
    const { 200: right = 0, 400: wrong = 0, 429: refused = 0, ...others } = tally(answers)
    assert.deepEqual(others, {})
    assert.ok(right <= 1)
    assert.ok(right + wrong <= 20, `${right + wrong} passed the budgets of two identifiers`)
    assert.equal(right + wrong + refused, 200)
  })

  it('25 right ones at once as the sixth try: none is taken', async () => {
    const fresh = await waiting()
    await atOnce(5, (i) => verify(fresh.id, wrongCode(fresh.code), i))
    const answers = await atOnce(25, (i) => verify(i % 2 === 0 ? fresh.email : fresh.username, fresh.code, i))
    assert.equal(tally(answers)[200] ?? 0, 0)
  })

  it('200 passwords at once from one address: ten are looked at', async () => {
    const person = await signUp(instances.app)
    const answers = await atOnce(200, (i) =>
      post(
        '/auth/login',
        {
          identifier: i % 3 ? person.email : person.email.toUpperCase(),
          password: i === 60 ? PASSWORD : OTHER_PASSWORD,
        },
        i,
        '203.0.113.4',
      ),
    )
    const { 200: right = 0, 401: wrong = 0, 429: refused = 0, ...others } = tally(answers)
    assert.deepEqual(others, {})
    assert.ok(right <= 1)
    assert.ok(right + wrong <= 11, `${right + wrong} were looked at`)
    assert.ok(refused >= 189)
    const after = await post(
      '/auth/login',
      { identifier: person.email, password: PASSWORD },
      0,
      '203.0.113.4',
    )
    assert.equal(after.status, 429)
  })
})

describe('5. one code used twice has two effects', () => {
  it('50 at once verify one registration: one user, one session', async () => {
    const fresh = await waiting()
    const answers = await atOnce(50, (i) => verify(i % 4 < 2 ? fresh.id : fresh.email, fresh.code, i))
    const winners = answers.filter(({ status }) => status === 200)
    assert.equal(winners.length, 1)
    assert.ok(answers.every(({ status }) => [200, 400, 429, 503].includes(status)))
    const token = winners[0]?.data.access_token
    const { data } = await createClient(instances.twin).get('/sessions', { token })
    assert.equal(data.total_sessions, 1)
    const welcome = (await instances.app.mails(fresh.email)).filter(({ subject }) => /^Welcome/.test(subject))
    assert.equal(welcome.length, 1)
  })

  it('50 at once reset one password: one is set, one notice is sent', async () => {
    const lost = await forgetful()
    const answers = await atOnce(50, (i) => reset(i % 4 < 2 ? lost.email : lost.username, lost.code, i))
    assert.equal(tally(answers)[200], 1)
    const winner = answers.findIndex(({ status }) => status === 200)
    const works = await logIn(instances.app, { ...lost, password: `${OTHER_PASSWORD}-${winner}` })
    assert.equal(works.status, 200)
    const notices = (await instances.app.mails(lost.email)).filter(({ subject }) =>
      /was changed/.test(subject),
    )
    assert.equal(notices.length, 1)
  })
})

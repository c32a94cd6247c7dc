import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Answer, createClient } from '../../test/client.ts'
import { countMails, logIn, OTHER_PASSWORD, signUp } from '../../test/people.ts'

const ORIGIN = 'http://localhost:3000'

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

const refresh = (token: string, on = app) => createClient(on).post('/auth/refresh', { refresh_token: token })
const isAlive = async (token: string, on = app) =>
  (await createClient(on).get('/users/me', { token })).status === 200
const pair = ({ data }: Answer) => [data.access_token, data.refresh_token]

describe('refreshing', () => {
  it('answers a new pair, and the older access token lives on until its time', async () => {
    const person = await signUp(app)
    app.clock.advance(10)
    const answer = await refresh(person.refreshToken)
    assert.equal(answer.status, 200)
    assert.equal(answer.data.user.id, person.id)
    assert.equal(answer.data.expires_in, 1800)
    assert.equal(answer.data.token_type, 'Bearer')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    for (const name of ['access_token', 'refresh_token']) {
      assert.match(answer.setCookies[name] ?? '', /; Path=\/; HttpOnly; SameSite=Lax$/)
    }
    assert.notEqual(answer.data.access_token, person.accessToken)
    assert.notEqual(answer.data.refresh_token, person.refreshToken)
    assert.ok(await isAlive(person.accessToken))
    app.clock.advance(1795)
    assert.ok(!(await isAlive(person.accessToken)))
    assert.ok(await isAlive(answer.data.access_token))
  })

  it('of one token 50 times at once, on two instances, gives all the very same pair', async () => {
    const person = await signUp(app)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => refresh(person.refreshToken, i % 2 ? app : twin)),
    )
    for (const answer of answers) assert.deepEqual(pair(answer), pair(answers[0] ?? answer))
    const row = await app.platform.db
      .selectFrom('sessions')
      .select('generation')
      .where('user_id', '=', person.id)
      .executeTakeFirst()
    assert.equal(row?.generation, 1)
  })

  it('repeated within a minute gives the same pair, from another instance too', async () => {
    const person = await signUp(app)
    const first = await refresh(person.refreshToken)
    app.clock.advance(60)
    assert.deepEqual(pair(await refresh(person.refreshToken, twin)), pair(first))
  })

  it('with a replaced token, later, ends that session alone and tells the owner', async () => {
    const person = await signUp(app)
    const other = await logIn(app, person)
    const second = await refresh(person.refreshToken)
    app.clock.advance(61)
    const theft = await refresh(person.refreshToken, twin)
    assert.equal(theft.status, 400)
    assert.equal(theft.error.code, 'invalid_token')
    assert.equal(theft.error.message, 'Invalid Credentials')
    assert.match(theft.setCookies.refresh_token ?? '', /Max-Age=0/)
    assert.ok(!(await isAlive(second.data.access_token)))
    assert.equal((await refresh(second.data.refresh_token)).status, 400)
    assert.ok(await isAlive(other.data.access_token))
    assert.equal(await countMails(app, person.email, /ended a session/), 1)
    const { data } = await createClient(app).get('/users/me/activity', { token: other.data.access_token })
    assert.ok(
      data.events.some(
        ({ event, outcome }: Record<string, string>) => event === 'token_theft' && outcome === 'failure',
      ),
    )
  })

  it('with a token of two generations ago is theft at any time', async () => {
    const person = await signUp(app)
    const second = await refresh(person.refreshToken)
    const third = await refresh(second.data.refresh_token)
    assert.equal((await refresh(person.refreshToken)).status, 400)
    assert.ok(!(await isAlive(third.data.access_token)))
  })

  it('is possible for 7 days, and for 30 in all', async () => {
    const idle = await signUp(app)
    const busy = await signUp(app)
    let token = busy.refreshToken
    for (let day = 6; day <= 24; day += 6) {
      app.clock.advance(6 * 86_400)
      const answer = await refresh(token)
      assert.equal(answer.status, 200)
      token = answer.data.refresh_token
    }
    assert.equal((await refresh(idle.refreshToken)).status, 400)
    app.clock.advance(6 * 86_400 - 1)
    assert.equal((await refresh(token)).status, 200)
    app.clock.advance(1)
    assert.equal((await refresh(token)).status, 400)
  })

  it('takes no access token, no foreign and no broken one', async () => {
    const { accessToken } = await signUp(app)
    for (const token of [accessToken, '', 'x', `${accessToken}x`, 'eyJhbGciOiJub25lIn0.e30.']) {
      const { status, error } = await refresh(token)
      assert.equal(status, 400)
      assert.equal(error.code, 'invalid_token')
    }
    assert.equal((await createClient(app).post('/auth/refresh', {})).status, 400)
  })

  it('by cookie needs an allowed origin, and changes nothing without', async () => {
    const browser = createClient(app, { origin: ORIGIN })
    await signUp(app, {}, browser)
    for (const headers of [{ origin: 'https://evil.example' }, { origin: '' }]) {
      const { status, error } = await browser.post('/auth/refresh', {}, { headers })
      assert.equal(status, 403)
      assert.equal(error.code, 'csrf_rejected')
    }
    const answer = await browser.post('/auth/refresh', {})
    assert.equal(answer.status, 200)
    assert.ok(!('refresh_token' in answer.data))
    assert.equal((await browser.post('/auth/refresh', undefined)).status, 200)
  })
})

describe('a page that has no token to send', () => {
  for (const nothing of [null, '', undefined]) {
    it(`may send ${nothing === '' ? 'an empty one' : nothing}: its cookie refreshes and logs out`, async () => {
      const browser = createClient(app, { origin: ORIGIN })
      const person = await signUp(app)
      await logIn(app, person, browser)
      const { status, data } = await browser.post('/auth/refresh', { refresh_token: nothing })
      assert.equal(status, 200)
      assert.equal((await browser.post('/auth/logout', { refresh_token: nothing })).status, 200)
      assert.ok(!(await isAlive(data.access_token)))
    })
  }
})

describe('logging out', () => {
  it('ends the session of a bearer, of a token in the body, of a cookie, on every instance at once', async () => {
    const person = await signUp(app)
    const byBody = await logIn(app, person)
    const browser = createClient(app, { origin: ORIGIN })
    const byCookie = await logIn(app, person, browser)
    const logout = await createClient(app).post('/auth/logout', undefined, { token: person.accessToken })
    assert.equal(logout.status, 200)
    assert.match(logout.setCookies.access_token ?? '', /Max-Age=0/)
    await createClient(app).post('/auth/logout', { refresh_token: byBody.data.refresh_token })
    await browser.post('/auth/logout', {})
    assert.equal(browser.cookies.size, 0)
    for (const token of [person.accessToken, byBody.data.access_token, byCookie.data.access_token]) {
      assert.ok(!(await isAlive(token, twin)))
    }
  })

  it('ignores what is bad, and always succeeds', async () => {
    const person = await signUp(app)
    for (const token of ['x', person.accessToken, person.accessToken]) {
      assert.equal(
        (await createClient(app).post('/auth/logout', { refresh_token: 'y' }, { token })).status,
        200,
      )
    }
    assert.equal((await createClient(app).post('/auth/logout')).status, 200)
  })

  it('by cookie from a foreign page changes nothing; a bearer needs no origin', async () => {
    const browser = createClient(app, { origin: ORIGIN })
    const person = await signUp(app, {}, browser)
    const headers = { origin: 'https://evil.example' }
    assert.equal((await browser.post('/auth/logout', {}, { headers })).error.code, 'csrf_rejected')
    const other = await logIn(app, person)
    assert.equal(
      (await browser.post('/auth/logout', {}, { headers, token: other.data.access_token })).status,
      200,
    )
    assert.ok(!(await isAlive(other.data.access_token)))
    assert.ok(await isAlive(person.accessToken))
  })

  it('takes a token of either kind wherever it comes, and ends every session that is named', async () => {
    const person = await signUp(app)
    const second = await logIn(app, person)
    const bearer = { token: person.refreshToken }
    const body = { refresh_token: second.data.access_token }
    assert.equal((await createClient(app).post('/auth/logout', body, bearer)).status, 200)
    for (const token of [person.accessToken, second.data.access_token]) assert.ok(!(await isAlive(token)))
  })

  it('by the cookies of no browser is refused like that of a foreign page, and ends and clears nothing', async () => {
    const person = await signUp(app)
    const cookie = `access_token=${person.accessToken}; refresh_token=${person.refreshToken}`
    const send = (path: string, headers: Record<string, string>) =>
      createClient(app).post(path, undefined, { headers: { cookie, ...headers } })
    for (const path of ['/auth/logout', '/auth/refresh']) {
      const refused = await send(path, {})
      assert.equal(refused.error.code, 'csrf_rejected')
      assert.deepEqual(refused.setCookies, {})
    }
    assert.ok(await isAlive(person.accessToken))
    assert.equal((await send('/auth/refresh', { 'sec-fetch-site': 'same-origin' })).status, 200)
    assert.equal((await send('/auth/logout', { 'sec-fetch-site': 'same-origin' })).status, 200)
    assert.ok(!(await isAlive(person.accessToken)))
  })

  it('by a form of another page is refused for its type', async () => {
    const browser = createClient(app, { origin: ORIGIN })
    const person = await signUp(app, {}, browser)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { origin: 'https://evil.example', 'content-type': type }
      const answer = await browser.request('POST', '/auth/logout', { rawBody: 'a=b', headers })
      assert.equal(answer.status, 415)
    }
    assert.ok(await isAlive(person.accessToken))
  })
})

describe('proving the password again', () => {
  it('makes a session a recent sign-in for 15 minutes; a refresh does not', async () => {
    const person = await signUp(app)
    app.clock.advance(901)
    const { data } = await refresh(person.refreshToken)
    const token = data.access_token
    const remove = () => createClient(app).delete('/users/me', { token })
    assert.equal((await remove()).error.code, 'reauthentication_required')
    const prove = (password: string) =>
      createClient(app).post('/auth/reauthenticate', { password }, { token })
    const wrong = await prove(OTHER_PASSWORD)
    assert.equal(wrong.status, 403)
    assert.equal(wrong.error.code, 'wrong_password')
    const right = await prove(person.password)
    assert.equal(right.status, 200)
    assert.equal(right.data.expires_in, 900)
    assert.equal((await remove()).status, 200)
  })

  it('spends the attempts of a sign-in', async () => {
    const person = await signUp(app)
    const client = createClient(app)
    const prove = (password: string) =>
      client.post('/auth/reauthenticate', { password }, { token: person.accessToken })
    for (let i = 0; i < 10; i += 1) assert.equal((await prove(OTHER_PASSWORD)).status, 403)
    assert.equal((await prove(person.password)).status, 429)
    assert.equal((await logIn(app, person, client)).status, 429)
    assert.equal((await logIn(app, person)).status, 200)
  })

  it('from a known device is possible also when strangers spent the attempts of the day', async () => {
    const person = await signUp(app)
    await app.platform.limits.spend(
      { name: 'sign_in_failures_a_day', points: 1e6, seconds: 86_400 },
      person.email,
    )
    await app.platform.db
      .updateTable('rate_limits')
      .set({ points: 100 })
      .where('key', 'like', 'sign_in_failures_a_day:%')
      .execute()
    const prove = (client = person.client) =>
      client.post('/auth/reauthenticate', { password: person.password }, { token: person.accessToken })
    assert.equal((await prove(createClient(app))).status, 429)
    assert.equal((await prove()).status, 200)
  })
})

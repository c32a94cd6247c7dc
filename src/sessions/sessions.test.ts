import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { logIn, type SignedUp, signUp } from '../../test/people.ts'
import { jobDefinitions } from '../jobs.ts'

const ORIGIN = 'http://localhost:3000'
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

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

const list = (token: string) => createClient(app).get('/sessions', { token })

describe('who is calling', () => {
  it('is told by a bearer before the cookie, and by the cookie where another scheme is used', async () => {
    const browser = createClient(app, { origin: ORIGIN })
    const person = await signUp(app, {}, browser)
    const other = await signUp(app)
    const who = async (authorization?: string) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      return (await browser.get('/users/me', { headers })).data?.id
    }
    assert.equal(await who(), person.id)
    assert.equal(await who(`bearer ${other.accessToken}`), other.id)
    assert.equal(await who('Basic eDp5'), person.id)
    for (const broken of ['Bearer', 'Bearer ', 'Bearer x y', 'Bearer x', 'Bearer \tx']) {
      assert.equal(await who(broken), undefined, broken)
    }
  })

  it('is nobody without a token, with a bad one, or with a refresh token', async () => {
    const person = await signUp(app)
    for (const token of [undefined, 'x', person.refreshToken]) {
      const { status, error } = await createClient(app).get('/users/me', token === undefined ? {} : { token })
      assert.equal(status, 401)
      assert.equal(error.code, 'unauthorized')
      assert.equal(error.message, 'Unauthorized Access')
    }
  })

  it('by cookie may change things only from an allowed page or our own', async () => {
    const browser = createClient(app, { origin: ORIGIN })
    await signUp(app, {}, browser)
    const put = (headers: Record<string, string>) =>
      browser.put('/users/me', { name: 'Ada King' }, { headers })
    assert.equal((await put({})).status, 200)
    assert.equal((await put({ origin: 'null', 'sec-fetch-site': 'same-origin' })).status, 200)
    for (const origin of ['https://evil.example', 'null', 'http://localhost:3000.evil.example']) {
      assert.equal((await put({ origin, 'sec-fetch-site': 'cross-site' })).error.code, 'csrf_rejected')
    }
    assert.equal(
      (await browser.get('/users/me', { headers: { origin: 'https://evil.example' } })).status,
      200,
    )
  })
})

describe('the sessions', () => {
  it('beyond four lose the oldest, never the one that begins, though an instance’s clock is behind', async () => {
    const person = await signUp(app)
    for (let i = 0; i < 3; i += 1) await logIn(app, person)
    app.clock.advance(-2)
    const { data } = await logIn(twin, person)
    app.clock.advance(2)
    const { data: found } = await list(data.access_token)
    assert.equal(found?.total_sessions, 4)
    assert.equal((await list(person.accessToken)).status, 401)
  })

  it('are listed newest first, with a label, and the one that asks is marked', async () => {
    const person = await signUp(app)
    app.clock.advance(60)
    const browser = createClient(app, { ip: '2001:db8::7', userAgent: FIREFOX })
    const second = await logIn(app, person, browser)
    app.clock.advance(60)
    await createClient(app).post('/auth/refresh', { refresh_token: person.refreshToken })
    const { status, data } = await list(second.data.access_token)
    assert.equal(status, 200)
    assert.equal(data.total_sessions, 2)
    assert.equal(data.message, 'You are signed in on 2 devices.')
    const [newest, oldest] = data.sessions
    assert.equal(newest.device, 'Firefox on Windows')
    assert.equal(newest.user_agent, FIREFOX)
    assert.equal(newest.ip_address, '2001:db8::7')
    assert.deepEqual([newest.is_current, oldest.is_current], [true, false])
    assert.equal(newest.last_seen_at, newest.created_at)
    assert.equal(Date.parse(oldest.last_seen_at) - Date.parse(oldest.created_at), 120_000)
    assert.equal(Date.parse(oldest.expires_at) - Date.parse(oldest.last_seen_at), 7 * 86_400_000)
  })

  it('are listed once each to all who ask at the same time', async () => {
    const person = await signUp(app)
    const headers = { authorization: `Bearer ${person.accessToken}` }
    // Past the sockets, so that all of them ask in the same turn of the event loop.
    const ask = () => app.server.inject({ url: '/api/v1/sessions', headers })
    const answers = await Promise.all([ask(), ask(), ask()])
    assert.deepEqual(
      answers.map((answer) => answer.json().data.total_sessions),
      [1, 1, 1],
    )
  })

  it('say Unknown where a client says nothing of itself', async () => {
    const person = await signUp(app)
    const { data } = await logIn(app, person, createClient(app, { ip: 'nonsense', userAgent: '' }))
    const answer = await list(data.access_token)
    const [session] = answer.data.sessions
    assert.deepEqual(
      [session.user_agent, session.device, session.ip_address],
      ['Unknown', 'Unknown', 'Unknown'],
    )
    assert.equal((await list(person.accessToken)).status, 200)
  })

  it('of somebody who is signed out are not listed', async () => {
    const person = await signUp(app)
    await createClient(app).post('/auth/logout', {}, { token: person.accessToken })
    assert.equal((await list(person.accessToken)).status, 401)
  })
})

describe('ending a session', () => {
  const end = (person: SignedUp, id: string) =>
    person.client.delete(`/sessions/${id}`, { token: person.accessToken })

  it('makes its token worthless at once, on every instance', async () => {
    const person = await signUp(app)
    const other = await logIn(app, person)
    const { data } = await list(other.data.access_token)
    const answer = await end(person, data.sessions.find((s: { is_current: boolean }) => s.is_current).id)
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.setCookies, {})
    assert.equal((await createClient(twin).get('/users/me', { token: other.data.access_token })).status, 401)
  })

  it('that is the current one is a logout', async () => {
    const person = await signUp(app)
    const { data } = await list(person.accessToken)
    const answer = await end(person, data.sessions[0].id.toUpperCase())
    assert.match(answer.setCookies.access_token ?? '', /Max-Age=0/)
    assert.equal((await list(person.accessToken)).status, 401)
  })

  it('of somebody else answers exactly as one that does not exist', async () => {
    const person = await signUp(app)
    const other = await signUp(app)
    const foreign = (await list(other.accessToken)).data.sessions[0].id
    const answers = await Promise.all(
      [foreign, crypto.randomUUID(), 'x', '%00', '1'].map((id) => end(person, id)),
    )
    for (const { status, error } of answers) {
      assert.equal(status, 404)
      assert.equal(error.code, 'session_not_found')
      assert.deepEqual(error.errors, answers[0]?.error.errors)
    }
    assert.equal((await list(other.accessToken)).status, 200)
  })
})

describe('ending all sessions', () => {
  const setUp = async () => {
    const person = await signUp(app)
    await logIn(app, person)
    await logIn(app, person)
    return person
  }

  it('ends the caller’s too for a program, unless it asks otherwise', async () => {
    const person = await setUp()
    const kept = await person.client.delete('/sessions?keep_current=true', { token: person.accessToken })
    assert.equal(kept.data.deleted, 2)
    assert.deepEqual(kept.setCookies, {})
    const all = await person.client.delete('/sessions', { token: person.accessToken })
    assert.equal(all.data.deleted, 1)
    assert.match(all.setCookies.refresh_token ?? '', /Max-Age=0/)
    assert.equal((await list(person.accessToken)).status, 401)
  })

  it('spares the caller’s for a browser, unless it asks otherwise', async () => {
    const person = await setUp()
    const browser = createClient(app, { origin: ORIGIN })
    await logIn(app, person, browser)
    assert.equal((await browser.delete('/sessions')).data.deleted, 3)
    assert.equal((await browser.get('/sessions')).data.total_sessions, 1)
    const unclear = await browser.delete('/sessions?keep_current=maybe')
    assert.equal(unclear.status, 422)
    assert.equal(unclear.error.errors.detail, 'The parameter keep_current must be true or false.')
    assert.equal((await browser.delete('/sessions?keep_current=false')).data.deleted, 1)
    assert.equal((await browser.get('/sessions')).status, 401)
  })
})

describe('what has expired', () => {
  it('is removed for the caller who asks', async () => {
    const person = await signUp(app)
    app.clock.advance(8 * 86_400)
    const { data } = await logIn(app, person)
    const answer = await createClient(app).post('/sessions/cleanup', undefined, { token: data.access_token })
    assert.equal(answer.status, 200)
    assert.equal(answer.data.deleted, 1)
  })

  it('goes by itself, however much there is, and nothing else', async () => {
    const { db } = app.platform
    const person = await signUp(app)
    await createClient(app).post('/auth/register', {
      ...person,
      email: 'late@example.com',
      username: 'late-one',
    })
    await person.client.put('/users/me', { email: 'new@example.com' }, { token: person.accessToken })
    await app.jobsDone()
    const [session] = await db.selectFrom('sessions').selectAll().where('user_id', '=', person.id).execute()
    assert.ok(session)
    const old = Array.from({ length: 1_500 }, () => ({
      ...session,
      id: crypto.randomUUID(),
      expires_at: new Date(app.clock.now().getTime() - 1),
    }))
    await db.insertInto('sessions').values(old).execute()
    const count = async (
      table:
        | 'sessions'
        | 'one_time_codes'
        | 'pending_registrations'
        | 'account_events'
        | 'rate_limits'
        | 'known_addresses',
    ) =>
      (
        await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<string>().as('n'))
          .executeTakeFirstOrThrow()
      ).n
    const prune = async () => {
      for (const { name, run } of jobDefinitions(app.platform)) {
        if (name.startsWith('prune_')) await run({}, new AbortController().signal, 1)
      }
    }
    await prune()
    assert.equal(
      await db
        .selectFrom('sessions')
        .select('id')
        .where('id', '=', session.id)
        .execute()
        .then((r) => r.length),
      1,
    )
    assert.ok(Number(await count('sessions')) < 100)
    assert.notEqual(await count('one_time_codes'), '0')
    assert.notEqual(await count('pending_registrations'), '0')
    app.clock.advance(366 * 86_400)
    await prune()
    for (const table of [
      'sessions',
      'one_time_codes',
      'pending_registrations',
      'account_events',
      'rate_limits',
      'known_addresses',
    ] as const) {
      assert.equal(await count(table), '0', table)
    }
    const user = await db
      .selectFrom('users')
      .select('pending_email')
      .where('id', '=', person.id)
      .executeTakeFirst()
    assert.equal(user?.pending_email, null)
    assert.ok(app.logs.some((line) => line.includes('removed what had expired')))
  })
})

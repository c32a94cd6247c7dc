import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Answer, createClient } from '../../test/client.ts'
import { countMails, logIn, signUp } from '../../test/people.ts'
import { tokensOf } from '../sessions/token.ts'

const DAY = 86_400

let app: TestApp

before(async () => {
  app = await startTestApp()
})
after(() => app.close())

const refresh = (token: string, on = app) => createClient(on).post('/auth/refresh', { refresh_token: token })
const isAlive = async (token: string) => (await createClient(app).get('/users/me', { token })).status === 200

function claimsIn(token: string) {
  const claims = tokensOf(app.config).refresh.verify(token, app.clock.now())
  assert.ok(claims)
  return claims
}

function maxAge({ setCookies }: Answer, name: string): number {
  return Number(/Max-Age=(\d+)/.exec(setCookies[name] ?? '')?.[1])
}

async function thefts(token: string): Promise<number> {
  const { data } = await createClient(app).get('/users/me/activity', { token })
  return data.events.filter(({ event }: Record<string, string>) => event === 'token_theft').length
}

describe('a refresh token', () => {
  it('of a generation that never was is invalid, and hurts nobody', async () => {
    const person = await signUp(app)
    const { generation, ...claims } = claimsIn(person.refreshToken)
    for (const ahead of [1, 2, 1_000_000]) {
      const token = tokensOf(app.config).refresh.sign({ ...claims, generation: generation + ahead })
      const { status, error } = await refresh(token)
      assert.deepEqual([status, error.code], [400, 'invalid_token'])
    }
    assert.equal(await thefts(person.accessToken), 0)
    assert.equal((await refresh(person.refreshToken)).status, 200)
    assert.equal(await countMails(app, person.email, /ended a session/), 0)
  })

  it('of a session of somebody else is invalid, though its signature is right', async () => {
    const person = await signUp(app)
    const other = await signUp(app)
    const mixed = { ...claimsIn(person.refreshToken), userId: claimsIn(other.refreshToken).userId }
    assert.equal((await refresh(tokensOf(app.config).refresh.sign(mixed))).status, 400)
    assert.ok((await isAlive(person.accessToken)) && (await isAlive(other.accessToken)))
  })

  it('of a session that ended, or of a deleted user, is invalid', async () => {
    const person = await signUp(app)
    const { data } = await logIn(app, person)
    await createClient(app).post('/auth/logout', undefined, { token: data.access_token })
    assert.equal((await refresh(data.refresh_token)).error.code, 'invalid_token')
    await createClient(app).delete('/users/me', { token: person.accessToken })
    assert.equal((await refresh(person.refreshToken)).error.code, 'invalid_token')
  })

  it('expires 7 days after the last refresh, but 30 after the sign-in; so does its cookie', async () => {
    const person = await signUp(app)
    const began = claimsIn(person.refreshToken)
    assert.equal(began.expiresAt - began.issuedAt, 7 * DAY)
    let token = person.refreshToken
    for (const [days, left] of [
      [6, 7],
      [12, 7],
      [18, 7],
      [24, 6],
      [29, 1],
    ] as const) {
      app.clock.advance(began.issuedAt + days * DAY - app.clock.now().getTime() / 1_000)
      const answer = await refresh(token)
      token = answer.data.refresh_token
      assert.equal(claimsIn(token).expiresAt - claimsIn(token).issuedAt, left * DAY)
      assert.equal(maxAge(answer, 'refresh_token'), left * DAY)
      assert.equal(maxAge(answer, 'access_token'), 1_800)
    }
  })

  it('that is repeated tells how long the pair has left, which is less', async () => {
    const person = await signUp(app)
    await refresh(person.refreshToken)
    app.clock.advance(45)
    const answer = await refresh(person.refreshToken)
    assert.equal(answer.data.expires_in, 1_755)
    assert.equal(maxAge(answer, 'access_token'), 1_755)
    assert.equal(maxAge(answer, 'refresh_token'), 7 * DAY - 45)
  })
})

describe('a refresh token in two hands', () => {
  it('ends its session after a restart as well, and leaves the others', async (t) => {
    const person = await signUp(app)
    const other = await logIn(app, person)
    const second = await refresh(person.refreshToken)
    const restarted = await startTestApp({ sharing: app, withoutJobs: true })
    t.after(() => restarted.close())
    app.clock.advance(60)
    const repeated = await refresh(person.refreshToken, restarted)
    assert.equal(repeated.data.refresh_token, second.data.refresh_token)
    const third = await refresh(second.data.refresh_token, restarted)
    app.clock.advance(61)
    assert.equal((await refresh(second.data.refresh_token, restarted)).error.code, 'invalid_token')
    for (const token of [person.accessToken, second.data.access_token, third.data.access_token]) {
      assert.ok(!(await isAlive(token)))
    }
    assert.equal((await refresh(third.data.refresh_token)).status, 400)
    assert.ok(await isAlive(other.data.access_token))
    assert.equal(await thefts(other.data.access_token), 1)
  })

  it('is told of once, though the thief goes on, with where it was used', async () => {
    const person = await signUp(app)
    const other = await logIn(app, person)
    await refresh(person.refreshToken)
    app.clock.advance(61)
    const thief = createClient(app, { ip: '198.51.100.77' })
    for (let i = 0; i < 5; i += 1) {
      const answer = await thief.post('/auth/refresh', { refresh_token: person.refreshToken })
      assert.equal(answer.status, 400)
    }
    const [notice, ...more] = (await app.mails(person.email)).filter(({ subject }) =>
      /ended a session/.test(subject),
    )
    assert.deepEqual(more, [])
    assert.match(notice?.text ?? '', /198\.51\.100\.77/)
    assert.equal(await thefts(other.data.access_token), 1)
  })

  it('by two tabs at once goes on as one chain', async () => {
    const person = await signUp(app)
    let token = person.refreshToken
    for (let i = 0; i < 5; i += 1) {
      const tabs = await Promise.all([refresh(token), refresh(token), refresh(token)])
      assert.equal(new Set(tabs.map(({ data }) => data.refresh_token)).size, 1)
      token = tabs[0]?.data.refresh_token
      app.clock.advance(600)
    }
    assert.equal(claimsIn(token).generation, 5)
    assert.equal(await countMails(app, person.email, /ended a session/), 0)
  })

  it('at the same time as others waits for nobody whose session is held by somebody else', async () => {
    const [held, free] = [await signUp(app), await signUp(app)]
    const { sessionId } = claimsIn(held.refreshToken)
    const { db } = app.platform
    const [waiting, answer] = await db.transaction().execute(async (tx) => {
      await tx.selectFrom('sessions').select('id').where('id', '=', sessionId).forUpdate().execute()
      const both = [refresh(held.refreshToken), refresh(free.refreshToken)] as const
      return [both[0], await both[1]]
    })
    assert.equal(answer.status, 200)
    assert.equal(claimsIn((await waiting).data.refresh_token).generation, 1)
  })

  it('and its successor at the same time leave one of both signed in, or end the session as a theft', async () => {
    const person = await signUp(app)
    const next = (await refresh(person.refreshToken)).data.refresh_token
    const [older, newer] = await Promise.all([refresh(person.refreshToken), refresh(next)])
    const generations = [older, newer].map(({ data }) => data && claimsIn(data.refresh_token).generation)
    assert.ok(
      [
        [1, 2],
        [null, 2],
      ].some((fine) => fine.join() === generations.join()),
      generations.join(),
    )
    assert.equal(await isAlive(newer.data.access_token), older.status === 200)
  })
})

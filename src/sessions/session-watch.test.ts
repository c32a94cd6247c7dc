import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import cookie from '@fastify/cookie'
import fastify from 'fastify'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { type SignedUp, signUp } from '../../test/people.ts'
import { until } from '../../test/until.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { guard } from './guard.ts'
import { openSessionWatch } from './session-watch.ts'
import { type TokenClaims, tokensOf } from './token.ts'

const PACE = { every: 5, minimumAge: 0, grace: 20 }

let app: TestApp
let person: SignedUp
let claims: TokenClaims
before(async () => {
  app = await startTestApp()
})
beforeEach(async () => {
  person = await signUp(app)
  claims = tokensOf(app.config).access.verify(person.accessToken, app.clock.now()) as TokenClaims
})
after(() => app.close())

const logOut = () => createClient(app).post('/auth/logout', {}, { token: person.accessToken })

/** A platform whose database can be taken away, with the statements that it was asked for. */
function platformOf(state: { isAway: boolean; statements: number }): Platform {
  const { db } = app.platform
  const executeQuery: typeof db.executeQuery = (query) => {
    state.statements += 1
    return state.isAway ? Promise.reject(new Error('away')) : db.executeQuery(query)
  }
  return { ...app.platform, db: Object.assign(Object.create(db), { executeQuery }) }
}

/** An answer of a server of its own, to a client that waits for it. */
async function answering(): Promise<{ response: ServerResponse; client: Promise<unknown>; leave(): void }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const leaving = new AbortController()
  const { port } = server.address() as AddressInfo
  const client = fetch(`http://127.0.0.1:${port}`, { signal: leaving.signal }).then(
    async (answer) => (await answer.text().catch(() => 'cut')) || answer.status,
    () => 'cut',
  )
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  server.close()
  return { response, client, leave: () => leaving.abort() }
}

describe('an open answer', () => {
  it('whose session ends is aborted with the reason, and cut where it has begun', async () => {
    const watch = openSessionWatch(app.platform, PACE)
    const begun = await answering()
    begun.response.write('begun')
    const { signal } = watch.open(claims, begun.response, assert.fail)
    assert.equal(signal.aborted, false)
    await logOut()
    assert.equal(await begun.client, 'cut')
    assert.ok(signal.reason instanceof AppError && signal.reason.code === 'unauthorized')
  })

  it('that has not begun may be answered by its handler, and is refused a moment later where it is not', async () => {
    const watch = openSessionWatch(app.platform, PACE)
    const [handled, ignored] = [await answering(), await answering()]
    const { signal } = watch.open(claims, handled.response, assert.fail)
    signal.addEventListener('abort', () => handled.response.writeHead(401).end())
    watch.open(claims, ignored.response, () => ignored.response.writeHead(403).end())
    await logOut()
    assert.deepEqual(await Promise.all([handled.client, ignored.client]), [401, 403])
  })

  it('that its handler begins only after the end of the session is cut', async () => {
    const watch = openSessionWatch(app.platform, PACE)
    const { response, client } = await answering()
    const { signal } = watch.open(claims, response, assert.fail)
    signal.addEventListener('abort', () => response.write('begun'))
    await logOut()
    assert.equal(await client, 'cut')
  })

  it('whose session lives goes on until it is sent', async () => {
    const state = { isAway: false, statements: 0 }
    const watch = openSessionWatch(platformOf(state), PACE)
    const { response, client } = await answering()
    const { signal } = watch.open(claims, response, assert.fail)
    await until(() => state.statements > 2)
    assert.equal(signal.aborted, false)
    response.end('whole')
    assert.equal(await client, 'whole')
    await until(() => signal.aborted)
  })

  it('is not queried while it is young: the guard has just done that', async () => {
    const state = { isAway: false, statements: 0 }
    const watch = openSessionWatch(platformOf(state), { ...PACE, minimumAge: 60 })
    const { response, client } = await answering()
    const opened = performance.now()
    watch.open(claims, response, assert.fail)
    await until(() => state.statements > 0)
    assert.ok(performance.now() - opened >= 60)
    response.end('whole')
    assert.equal(await client, 'whole')
  })

  it('aborts when its client disconnects, also one that has left already', async () => {
    const watch = openSessionWatch(app.platform, PACE)
    const { response, client, leave } = await answering()
    const { signal } = watch.open(claims, response, assert.fail)
    leave()
    assert.equal(await client, 'cut')
    await until(() => signal.aborted)
    assert.equal(watch.open(claims, response, assert.fail).signal.aborted, true)
  })

  it('lasts while the database is away, but no longer than its token', async () => {
    const state = { isAway: true, statements: 0 }
    const watch = openSessionWatch(platformOf(state), PACE)
    const { response, client } = await answering()
    response.write('begun')
    const { signal } = watch.open(claims, response, assert.fail)
    await until(() => state.statements > 3)
    assert.equal(signal.aborted, false)
    assert.ok(app.logs.some((line) => line.includes('the sessions of open answers cannot be checked')))
    app.clock.advance(31 * 60)
    assert.equal(await client, 'cut')
  })

  it('lasts longer than its token while its session lives', async () => {
    const state = { isAway: false, statements: 0 }
    const watch = openSessionWatch(platformOf(state), PACE)
    const { response, client } = await answering()
    const { signal } = watch.open(claims, response, assert.fail)
    app.clock.advance(31 * 60)
    await until(() => state.statements > 3)
    assert.equal(signal.aborted, false)
    response.end('whole')
    assert.equal(await client, 'whole')
  })
})

describe('a handler that has not answered when its session ends', () => {
  it('is answered for with 401 by the guard', async (t) => {
    const server = fastify()
    await server.register(cookie)
    for (const name of ['claims', 'caller', 'openAnswer', 'userId', 'errorCode']) {
      server.decorateRequest(name, undefined)
    }
    const called = Promise.withResolvers<void>()
    const slow = () => {
      called.resolve()
      return new Promise(() => {})
    }
    server.get('/slow', { onRequest: guard(app.platform) }, slow)
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    t.after(() => server.close())
    const headers = { authorization: `Bearer ${person.accessToken}` }
    const answering = fetch(`${url}/slow`, { headers })
    await called.promise
    await logOut()
    const answer = await answering
    const body = JSON.parse(await answer.text())
    assert.deepEqual([answer.status, body.api_error.code], [401, 'unauthorized'])
  })
})

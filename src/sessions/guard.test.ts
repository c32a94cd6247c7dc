import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fastify from 'fastify'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { signUp } from '../../test/people.ts'
import { PRODUCTION } from '../../test/programs.ts'
import { answerSignal, callerOf, claimsOf } from './guard.ts'

describe('a route without a guard', () => {
  it('cannot ask who is calling', async () => {
    const server = fastify()
    for (const name of ['claims', 'caller', 'openAnswer']) server.decorateRequest(name, undefined)
    server.get('/claims', async (request) => claimsOf(request))
    server.get('/caller', async (request) => callerOf(request))
    server.get('/signal', async (request) => answerSignal(request).aborted)
    for (const url of ['/claims', '/caller', '/signal']) {
      assert.match((await server.inject(url)).body, /the route has no guard/)
    }
    await server.close()
  })
})

describe('in production', () => {
  let app: TestApp
  let production: TestApp

  before(async () => {
    app = await startTestApp()
    production = await startTestApp({
      sharing: app,
      withoutJobs: true,
      env: {
        APP_ENV: 'production',
        ACCESS_TOKEN_SECRET_KEY: PRODUCTION.ACCESS_TOKEN_SECRET_KEY,
        REFRESH_TOKEN_SECRET_KEY: PRODUCTION.REFRESH_TOKEN_SECRET_KEY,
        COOKIE_DOMAIN: 'example.com',
        CORS_ALLOWED_ORIGINS: 'https://app.example.com',
        SMTP_URL: 'smtp://127.0.0.1:1',
        RESEND_FROM_EMAIL: 'accounts@example.com',
      },
    })
  })
  after(async () => {
    await production.close()
    await app.close()
  })

  it('cookies are for HTTPS and the domain that was set', async () => {
    const person = await signUp(app)
    const credentials = { identifier: person.email, password: person.password }
    const { setCookies } = await createClient(production).post('/auth/login', credentials)
    const registered = await createClient(production).post('/auth/register', {
      ...person,
      email: 'somebody@example.com',
      username: 'somebody-else',
    })
    for (const cookie of [
      setCookies.access_token,
      setCookies.refresh_token,
      registered.setCookies.registration,
    ]) {
      assert.match(cookie ?? '', /; Domain=example\.com; .*HttpOnly; Secure; SameSite=Lax/)
    }
  })

  it('there is no mailbox', async () => {
    const client = createClient(production)
    assert.equal((await client.get('//dev/mailbox')).status, 404)
    assert.ok(!('mailbox' in (await client.get('//')).body.links))
  })
})

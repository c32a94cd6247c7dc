import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from '../client.ts'
import { makePerson, OTHER_PASSWORD, readCode, signUp } from '../people.ts'
import { atOnce, tally, useInstances } from './instances.ts'
import { rawRequest } from './raw-request.ts'

const instances = useInstances()

describe('14. a mail of ours leads to the attacker’s host', () => {
  const EVIL = 'evil.example'
  const hostile = {
    host: EVIL,
    'x-forwarded-host': EVIL,
    'x-forwarded-server': EVIL,
    'x-forwarded-proto': `https://${EVIL}`,
    'x-original-host': EVIL,
    forwarded: `host=${EVIL};proto=https`,
    origin: `https://${EVIL}`,
    referer: `https://${EVIL}/`,
    'user-agent': `https://${EVIL}/ Mozilla/5.0`,
    'accept-language': EVIL,
    'content-type': 'application/json',
  }

  it('by the Host, Origin or another header of the request that causes it', async () => {
    const { app } = instances
    const owner = await signUp(app)
    const lost = await signUp(app)
    const fresh = makePerson()
    const send = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const sent = { ...hostile, 'x-forwarded-for': createClient(app).ip, ...headers }
      const method = path.startsWith('users') ? 'PUT' : 'POST'
      const url = `${app.url}/api/v1/${path}`
      const answer = await rawRequest(url, { method, headers: sent, body: JSON.stringify(body) })
      app.clock.advance(61)
      return answer.status
    }
    const authorization = `Bearer ${owner.accessToken}`
    const before = (await app.mails()).length
    assert.equal(await send('auth/register', fresh), 201)
    assert.equal(await send('auth/register', makePerson({ email: owner.email })), 201)
    assert.equal(await send('auth/resend-verification', { identifier: fresh.email }), 200)
    const code = await readCode(app, fresh.email)
    assert.equal(await send('auth/verify', { identifier: fresh.email, verification_code: code }), 200)
    assert.equal(await send('auth/login', { identifier: owner.email, password: owner.password }), 200)
    assert.equal(await send('users/me', { email: makePerson().email }, { authorization }), 200)
    assert.equal(await send('auth/forgot-password', { identifier: lost.email }), 200)
    const reset = { identifier: lost.email, verification_code: await readCode(app, lost.email) }
    assert.equal(await send('auth/reset-password', { ...reset, new_password: OTHER_PASSWORD }), 200)
    assert.equal(await send('auth/refresh', { refresh_token: owner.refreshToken }), 200)
    assert.equal(await send('auth/refresh', { refresh_token: owner.refreshToken }), 400)
    const mails = await app.mails()
    assert.equal(mails.length - before, 9)
    for (const mail of mails) assert.ok(!JSON.stringify(mail).includes(EVIL), mail.subject)
  })
})

describe('22. somebody’s mailbox is flooded, or everybody’s mail is stopped', () => {
  it('100 requests for one address from 100 addresses send one mail; others get theirs', async () => {
    const [victim, other] = [await signUp(instances.app), await signUp(instances.app)]
    const before = (await instances.app.mails(victim.email)).length
    const answers = await atOnce(100, (i) =>
      createClient(i % 2 ? instances.app : instances.twin).post('/auth/forgot-password', {
        identifier: [victim.email, victim.username, victim.email.toUpperCase()][i % 3],
      }),
    )
    assert.deepEqual(tally(answers), { 200: 100 })
    assert.equal((await instances.app.mails(victim.email)).length, before + 1)
    await createClient(instances.twin).post('/auth/forgot-password', { identifier: other.email })
    assert.notEqual(await readCode(instances.app, other.email), '')
  })

  it('a whole day of requests of all kinds sends fifteen at most', async () => {
    const victim = await signUp(instances.app)
    for (let i = 0; i < 24; i += 1) {
      instances.app.clock.advance(1_800)
      await createClient(instances.app).post('/auth/forgot-password', { identifier: victim.email })
      await createClient(instances.twin).post('/auth/register', makePerson({ email: victim.email }))
      await createClient(instances.twin).post('/auth/resend-verification', { identifier: victim.email })
      await instances.app.jobsDone()
    }
    // Beside them came the welcome, which no stranger can cause.
    const caused = (await instances.app.mails(victim.email)).filter(
      ({ subject }) => !/^Welcome/.test(subject),
    )
    assert.ok(caused.length > 5 && caused.length <= 15, `${caused.length}`)
  })

  it('one address causes 20 an hour, whoever gets them', async () => {
    const flooder = createClient(instances.app)
    const answers = await atOnce(30, () =>
      flooder.post('/auth/forgot-password', { identifier: makePerson().email }),
    )
    assert.deepEqual(tally(answers), { 200: 20, 429: 10 })
  })
})

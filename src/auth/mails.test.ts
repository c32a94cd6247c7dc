import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { logIn, makePerson, OTHER_PASSWORD, readCode, signUp } from '../../test/people.ts'

let app: TestApp

before(async () => {
  app = await startTestApp()
})
after(() => app.close())

/** The mails that `action` causes: to whom, and what about. */
async function causedBy(action: () => Promise<unknown>): Promise<[to: string, subject: string][]> {
  const before = new Set((await app.mails()).map(({ id }) => id))
  await action()
  const mails = (await app.mails()).filter(({ id }) => !before.has(id))
  return mails.map(({ to, subject }) => [to, subject])
}

describe('a mail', () => {
  it('is sent for each thing that its owner has to know or do, and to nobody else', async () => {
    const person = makePerson()
    const client = createClient(app)
    const { email: to, password } = person
    const post = (path: string, body: object, by = client) => by.post(`/auth/${path}`, body)

    assert.deepEqual(await causedBy(() => post('register', person)), [
      [to, 'Your CrypAlgos verification code'],
    ])
    app.clock.advance(61)
    const again = { identifier: person.username }
    assert.deepEqual(await causedBy(() => post('resend-verification', again)), [
      [to, 'Your CrypAlgos verification code'],
    ])
    const code = { identifier: to, verification_code: await readCode(app, to) }
    assert.deepEqual(await causedBy(() => post('verify', code)), [[to, 'Welcome to CrypAlgos, Ada Byron']])
    assert.deepEqual(await causedBy(() => logIn(app, person, client)), [])
    assert.deepEqual(await causedBy(() => logIn(app, person)), [
      [to, 'New sign-in to your CrypAlgos account'],
    ])
    const stranger = createClient(app)
    assert.deepEqual(await causedBy(() => post('register', makePerson({ email: to }), stranger)), [
      [to, 'You already have a CrypAlgos account'],
    ])
    assert.deepEqual(await causedBy(() => post('resend-verification', { identifier: to }, stranger)), [])
    assert.deepEqual(await causedBy(() => post('forgot-password', { identifier: to }, stranger)), [
      [to, 'Your CrypAlgos password reset code'],
    ])
    const reset = { identifier: to, verification_code: await readCode(app, to), new_password: OTHER_PASSWORD }
    assert.deepEqual(await causedBy(() => post('reset-password', reset)), [
      [to, 'Your CrypAlgos password was changed'],
    ])
    const { data } = await logIn(app, { ...person, password: OTHER_PASSWORD }, client)
    await post('refresh', { refresh_token: data.refresh_token })
    app.clock.advance(61)
    assert.deepEqual(await causedBy(() => post('refresh', { refresh_token: data.refresh_token })), [
      [to, 'We ended a session of your CrypAlgos account'],
    ])
    const refused = { identifier: to, password, verification_code: '12x456', new_password: password }
    assert.deepEqual(
      await causedBy(async () => {
        for (const path of [
          'login',
          'verify',
          'check-verification-code',
          'reset-password',
          'refresh',
          'logout',
        ]) {
          await post(path, refused)
        }
      }),
      [],
    )
  })

  it('that a stranger causes comes 15 times a day at most, whatever it is for; others get theirs', async () => {
    const person = await signUp(app)
    const asked = async () => {
      for (let i = 0; i < 12; i += 1) {
        await createClient(app).post('/auth/forgot-password', { identifier: person.email })
        await createClient(app).post('/auth/register', makePerson({ email: person.email }))
        await app.jobsDone()
        app.clock.advance(900)
      }
    }
    // Its own registration was the first of the fifteen.
    assert.equal((await causedBy(asked)).length, 14)
    const other = makePerson()
    assert.equal((await causedBy(() => createClient(app).post('/auth/register', other))).length, 1)
    app.clock.advance(86_400)
    const identifier = person.email
    const later = () => createClient(app).post('/auth/forgot-password', { identifier })
    assert.deepEqual(await causedBy(later), [[identifier, 'Your CrypAlgos password reset code']])
  })

  it('for 100 requests from 100 addresses on one recipient is one', async () => {
    const person = await signUp(app)
    const ask = () => createClient(app).post('/auth/forgot-password', { identifier: person.email })
    const answers = async () => {
      const all = await Promise.all(Array.from({ length: 100 }, ask))
      assert.ok(all.every(({ status }) => status === 200))
    }
    assert.deepEqual(await causedBy(answers), [[person.email, 'Your CrypAlgos password reset code']])
  })

  it('goes to the canonical form of an address alone, however it was typed', async () => {
    const { email } = makePerson()
    const typed = `  ${email.toUpperCase().replace('@', '＠')} `
    const register = () => createClient(app).post('/auth/register', makePerson({ email: typed }))
    assert.deepEqual(await causedBy(register), [[email, 'Your CrypAlgos verification code']])
  })
})

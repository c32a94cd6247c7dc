import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from '../client.ts'
import { logIn, makePerson, OTHER_PASSWORD, readCode, signUp, wrongCode } from '../people.ts'
import { findLeaks } from './find-leaks.ts'
import { useInstances } from './instances.ts'

const instances = useInstances()

describe('26. who reads the logs, the metrics or the database can sign in', () => {
  it('with a password, code, token or secret of any flow, right or wrong, also of a failure', async () => {
    const { app, twin } = instances
    const client = createClient(twin)
    const person = await signUp(app)
    app.clock.advance(61)
    await client.post('/auth/refresh', { refresh_token: person.refreshToken })
    await client.get('/users/me', { token: `${person.accessToken}x` })
    await client.get(`//${person.accessToken}/${person.password}?token=${person.refreshToken}`)
    await logIn(twin, { ...person, password: OTHER_PASSWORD })
    await client.post('/auth/login', { identifier: person.password, password: person.password })
    const email = makePerson().email
    await person.client.put('/users/me', { email }, { token: person.accessToken })
    const moved = wrongCode(await readCode(app, email))
    await client.post('/users/me/verify-email', { verification_code: moved }, { token: person.accessToken })
    await client.post('/auth/forgot-password', { identifier: person.email })
    const verification_code = await readCode(app, person.email)
    const reset = { identifier: person.email, verification_code, new_password: OTHER_PASSWORD }
    await client.post('/auth/check-verification-code', { ...reset, purpose: 'password_reset' })
    assert.equal((await client.post('/auth/reset-password', reset)).status, 200)
    app.platform.log.error(
      { headers: { authorization: `Bearer ${person.accessToken}` }, body: reset },
      'failed',
    )
    app.platform.log.error({ err: new Error(`password=${OTHER_PASSWORD} ${person.refreshToken}`) }, 'failed')
    assert.deepEqual(await findLeaks([app, twin]), [])
  })
})

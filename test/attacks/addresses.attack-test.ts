import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Client, createClient } from '../client.ts'
import { countMails, logIn, makePerson, OTHER_PASSWORD, readCode, type SignedUp, signUp } from '../people.ts'
import { told } from '../told.ts'
import { useInstances } from './instances.ts'

const instances = useInstances()

const change = (person: SignedUp, email: string, client: Client = person.client) =>
  client.put('/users/me', { email }, { token: person.accessToken })
const confirm = (token: string, verification_code: string) =>
  createClient(instances.twin).post('/users/me/verify-email', { verification_code }, { token })

async function resetPassword(email: string): Promise<void> {
  instances.app.clock.advance(61)
  await createClient(instances.app).post('/auth/forgot-password', { identifier: email })
  const verification_code = await readCode(instances.app, email)
  const body = { identifier: email, verification_code, new_password: OTHER_PASSWORD }
  assert.equal((await createClient(instances.app).post('/auth/reset-password', body)).status, 200)
}

describe('17. an account moves to an address of the attacker', () => {
  it('before its code: until then only the old one signs in, resets and is mailed', async () => {
    const person = await signUp(instances.app)
    const wanted = makePerson().email
    assert.equal((await change(person, wanted)).data.pending_email, wanted)
    assert.equal((await logIn(instances.app, person)).status, 200)
    assert.equal((await logIn(instances.app, { ...person, email: wanted })).status, 401)
    await createClient(instances.app).post('/auth/forgot-password', { identifier: wanted })
    assert.equal(await countMails(instances.app, wanted, /reset/), 0)
    const code = await readCode(instances.app, wanted)
    assert.equal((await confirm(person.accessToken, code)).data.email, wanted)
    assert.equal(await countMails(instances.app, person.email, /address was changed/), 1)
    assert.equal((await logIn(instances.app, person)).status, 401)
  })

  it('after the owner reset the password to shut the attacker out', async () => {
    const person = await signUp(instances.app)
    const wanted = makePerson().email
    await change(person, wanted)
    const code = await readCode(instances.app, wanted)
    await resetPassword(person.email)
    assert.equal((await confirm(person.accessToken, code)).status, 401)
    const { data } = await logIn(instances.app, { ...person, password: OTHER_PASSWORD })
    assert.equal(data.user.pending_email, undefined)
    assert.equal((await confirm(data.access_token, code)).error.code, 'invalid_code')
    assert.equal((await logIn(instances.app, { ...person, password: OTHER_PASSWORD })).status, 200)
  })

  it('with a session that is older than a quarter of an hour, such as a stolen one', async () => {
    const person = await signUp(instances.app)
    instances.app.clock.advance(901)
    const { status, error } = await change(person, makePerson().email)
    assert.deepEqual([status, error.code], [403, 'reauthentication_required'])
    const refreshed = await createClient(instances.app).post('/auth/refresh', {
      refresh_token: person.refreshToken,
    })
    const again = await change({ ...person, accessToken: refreshed.data.access_token }, makePerson().email)
    assert.equal(again.status, 403)
  })

  it('or somebody learns whose a taken one is: it answers as a free one, and its owner is told', async () => {
    const [person, owner] = [await signUp(instances.app), await signUp(instances.app)]
    const free = makePerson().email
    const own = { ...person, client: createClient(instances.app) }
    const onFree = told(await change(own, free), { email: free })
    const onTaken = told(await change(own, owner.email), { email: owner.email })
    assert.deepEqual(onTaken, onFree)
    assert.equal(await countMails(instances.app, owner.email, /already have/), 1)
    // No code was made that could confirm it, and the one for the free address is for that alone.
    const code = await readCode(instances.app, free)
    assert.equal((await confirm(person.accessToken, code)).error.code, 'invalid_code')
    assert.equal((await logIn(instances.app, owner)).data.user.id, owner.id)
  })
})

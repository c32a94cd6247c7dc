import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Client, createClient } from '../client.ts'
import { logIn, makePerson, OTHER_PASSWORD, type Person, readCode } from '../people.ts'
import { useInstances } from './instances.ts'

const instances = useInstances()

const browser = () => createClient(instances.app, { origin: 'http://localhost:3000' })

/** @returns the id of the registration and the code that was mailed */
async function register(client: Client, person: Person): Promise<{ id: string; code: string }> {
  const { status, data } = await client.post('/auth/register', person)
  assert.equal(status, 201)
  const code = await readCode(instances.app, person.email)
  instances.app.clock.advance(1)
  return { id: data.user.id, code }
}

const verify = (client: Client, identifier: string, code: string) =>
  client.post('/auth/verify', { identifier, verification_code: code })

async function opensAccount(victim: Person, attacker: Person): Promise<void> {
  assert.equal((await logIn(instances.app, { ...victim, password: attacker.password })).status, 401)
  assert.equal((await logIn(instances.app, attacker)).status, 401)
  const answer = await logIn(instances.app, victim)
  assert.equal(answer.status, 200)
  assert.equal(answer.data.user.username, victim.username)
  assert.equal(answer.data.user.name, victim.name)
}

describe('1. a victim who verifies gets an account with the password of an attacker', () => {
  for (const order of ['before', 'after'] as const) {
    it(`who registered the address ${order} the victim did`, async () => {
      const victim = makePerson()
      const attacker = makePerson({ email: victim.email, name: 'Eve Black', password: OTHER_PASSWORD })
      const own = browser()
      const planted = order === 'before' ? await register(createClient(instances.app), attacker) : undefined
      const { code } = await register(own, victim)
      const { id, code: theirs } = planted ?? (await register(createClient(instances.app), attacker))
      // The victim's mailbox holds both codes. Its browser can open nothing but what it began.
      assert.equal((await verify(own, victim.email, theirs)).error.code, 'invalid_code')
      const opened = await verify(own, victim.email, code)
      assert.equal(opened.status, 200)
      assert.equal(opened.data.user.username, victim.username)
      await opensAccount(victim, attacker)
      // What the attacker planted is gone.
      assert.equal((await verify(createClient(instances.app), id, theirs)).error.code, 'invalid_code')
      await opensAccount(victim, attacker)
    })
  }

  it('who keeps registering it between the victim’s steps, which kills the victim’s code or changes its payload', async () => {
    const victim = makePerson()
    const own = createClient(instances.app)
    const { id, code } = await register(own, victim)
    const attacker = makePerson({ email: victim.email, password: OTHER_PASSWORD })
    for (let i = 0; i < 7; i += 1) {
      await createClient(instances.twin).post('/auth/register', {
        ...attacker,
        username: `${attacker.username}${i}`,
      })
      await createClient(instances.twin).post('/auth/resend-verification', { identifier: victim.email })
    }
    const opened = await verify(own, id, code)
    assert.equal(opened.status, 200)
    assert.equal(opened.data.user.username, victim.username)
    await opensAccount(victim, attacker)
  })

  it('who registers the address of an account, and gets the owner to verify', async () => {
    const owner = makePerson()
    const client = createClient(instances.app)
    const { id, code } = await register(client, owner)
    assert.equal((await verify(client, id, code)).status, 200)
    const attacker = makePerson({ email: owner.email, password: OTHER_PASSWORD })
    await createClient(instances.app).post('/auth/register', attacker)
    const mails = await instances.app.mails(owner.email)
    assert.equal(mails.filter(({ text }) => text.includes(attacker.username)).length, 0)
    assert.equal(mails.flatMap(({ text }) => text.match(/^\d{6}$/gm) ?? []).length, 1)
    await opensAccount(owner, attacker)
  })
})

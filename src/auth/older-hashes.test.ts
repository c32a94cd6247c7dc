import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { hashSync } from '@node-rs/argon2'
import bcrypt from 'bcryptjs'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient, randomIp } from '../../test/client.ts'
import { logIn, makePerson, OTHER_PASSWORD, type Person } from '../../test/people.ts'

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

const login = (identifier: string, password: string, ip = randomIp(), on = app) =>
  createClient(on, { ip }).post('/auth/login', { identifier, password })

async function insertOldUser(hash: string): Promise<Person> {
  const person = makePerson()
  const now = app.clock.now()
  await app.platform.db
    .insertInto('users')
    .values({
      ...{ id: crypto.randomUUID(), name: person.name, email: person.email, username: person.username },
      ...{ password_hash: hash, country_code: null, phone: null, pending_email: null },
      ...{ pending_email_expires_at: null, created_at: now, updated_at: now },
    })
    .execute()
  return person
}

async function hashOf({ email }: Person): Promise<string> {
  const row = await app.platform.db
    .selectFrom('users')
    .select('password_hash')
    .where('email', '=', email)
    .executeTakeFirstOrThrow()
  return row.password_hash
}

describe('a user of the older system', () => {
  it('signs in with its password, and its hash is upgraded', async () => {
    const typed = `ﬁx-Ünïcode-${'é'.repeat(40)}`
    const person = { ...(await insertOldUser(await bcrypt.hash(typed, 4))), password: typed }
    assert.equal((await login(person.email, OTHER_PASSWORD)).status, 401)
    assert.equal((await logIn(app, person)).status, 200)
    assert.match(await hashOf(person), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.equal((await logIn(app, person)).status, 200)
  })

  it('can sign in 50 times at once at its first, on two instances', async () => {
    const person = await insertOldUser(await bcrypt.hash(OTHER_PASSWORD, 4))
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        login(person.email, OTHER_PASSWORD, randomIp(), i % 2 ? app : twin),
      ),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.match(await hashOf(person), /^\$argon2id\$/)
    assert.equal((await login(person.email, OTHER_PASSWORD)).status, 200)
  })

  it('whose password had more than 72 bytes keeps all of what it types, once it has signed in', async () => {
    const typed = `${'é'.repeat(36)}the end`
    const person = await insertOldUser(await bcrypt.hash(typed, 4))
    assert.equal((await login(person.email, `${'é'.repeat(35)}x`)).status, 401)
    assert.equal((await login(person.email, typed)).status, 200)
    assert.equal((await login(person.email, `${'é'.repeat(36)}another`)).status, 401)
    assert.equal((await login(person.email, typed)).status, 200)
  })

  it('may have a password that would be too weak or too short for a new one', async () => {
    const person = await insertOldUser(await bcrypt.hash('secret', 4))
    assert.equal((await login(person.username, 'secret')).status, 200)
    assert.equal((await login(person.username, 'secret')).status, 200)
  })

  it('whose hash has older parameters of our own gets a better one as well', async () => {
    const weaker = hashSync(OTHER_PASSWORD, { memoryCost: 9_216, timeCost: 4, parallelism: 1 })
    const person = await insertOldUser(weaker)
    assert.equal((await login(person.email, OTHER_PASSWORD)).status, 200)
    assert.match(await hashOf(person), /\$m=19456,t=2,p=1\$/)
  })
})

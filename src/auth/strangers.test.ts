import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { logIn, makePerson, OTHER_PASSWORD, signUp } from '../../test/people.ts'
import { told } from '../../test/told.ts'
import { type HashingPool, openHashingPool } from '../platform/hashing/hashing-pool.ts'

let app: TestApp
let hashing: HashingPool
/** What the hashing pool was asked for. */
let tasks: string[]

before(async () => {
  const pool = openHashingPool()
  tasks = []
  hashing = {
    ...pool,
    queueSize: 0,
    hash(password) {
      tasks.push('hash')
      return pool.hash(password)
    },
    verify(password, hash) {
      tasks.push('verify')
      return pool.verify(password, hash)
    },
  }
  app = await startTestApp({ hashing })
})
after(() => app.close())

/** Somebody with an account and a live code, somebody who waits for one, and an address that nobody ever used. */
async function threeAddresses(): Promise<string[]> {
  const owner = await signUp(app)
  await createClient(app).post('/auth/forgot-password', { identifier: owner.email })
  const waiting = makePerson()
  await createClient(app).post('/auth/register', waiting)
  await app.jobsDone()
  return [owner.email, waiting.email, makePerson().email]
}

const verification_code = '12x456'
const QUESTIONS: [string, number, Record<string, string>][] = [
  ['login', 12, { password: OTHER_PASSWORD }],
  ['forgot-password', 22, {}],
  ['resend-verification', 22, {}],
  ['verify', 12, { verification_code }],
  ['check-verification-code', 12, { verification_code }],
  ['check-verification-code', 12, { verification_code, purpose: 'verification' }],
  ['check-verification-code', 12, { verification_code, purpose: 'password_reset' }],
  ['reset-password', 12, { verification_code, new_password: OTHER_PASSWORD }],
]

describe('whether an address has an account', () => {
  for (const [path, times, body] of QUESTIONS) {
    const name = [path, body.purpose].filter(Boolean).join(' for ')
    it(`is not told by ${name}, nor by when its limit is reached`, async () => {
      const [first, ...others] = await Promise.all(
        (await threeAddresses()).map(async (identifier) => {
          const client = createClient(app)
          const answers: ReturnType<typeof told>[] = []
          for (let i = 0; i < times; i += 1) {
            answers.push(told(await client.post(`/auth/${path}`, { identifier, ...body }), { identifier }))
          }
          return answers
        }),
      )
      assert.equal(first?.at(-1)?.status, 429)
      for (const answers of others) assert.deepEqual(answers, first)
    })
  }

  it('is not told by register, however often it is asked', async () => {
    const [first, ...others] = await Promise.all(
      (await threeAddresses()).map(async (email) => {
        const client = createClient(app)
        const answers: ReturnType<typeof told>[] = []
        for (let i = 0; i < 21; i += 1) {
          const form = { ...makePerson(), email, password: i % 5 === 0 ? 'copper-lantern-4' : 'password1' }
          answers.push(told(await client.post('/auth/register', form), { email, username: form.username }))
        }
        return answers
      }),
    )
    assert.deepEqual(new Set(first?.map(({ status }) => status)), new Set([201, 422, 429]))
    for (const answers of others) assert.deepEqual(answers, first)
  })

  it('costs one hash to find out, whatever the answer is', async () => {
    const [owner = '', waiting = '', nobody = ''] = await threeAddresses()
    const costs = async (path: string, body: Record<string, string>) => {
      tasks.length = 0
      await createClient(app).post(`/auth/${path}`, body)
      return tasks
    }
    for (const identifier of [owner, waiting, nobody, 'nobody-at-all']) {
      assert.deepEqual(await costs('login', { identifier, password: OTHER_PASSWORD }), ['verify'])
    }
    for (const email of [owner, waiting, nobody]) {
      assert.deepEqual(await costs('register', { ...makePerson(), email }), ['hash'])
    }
  })

  it('is not stored where there is none: an unknown identifier leaves only a line in the log, without it', async () => {
    const identifier = makePerson().email
    const count = async () =>
      (await app.platform.db.selectFrom('account_events').select('id').execute()).length
    const before = await count()
    const lines = app.logs.length
    const client = createClient(app)
    await client.post('/auth/login', { identifier, password: OTHER_PASSWORD })
    await client.post('/auth/forgot-password', { identifier })
    await app.jobsDone()
    assert.equal(await count(), before)
    const warnings = app.logs.slice(lines).filter((line) => line.includes('"outcome":"failure"'))
    assert.deepEqual(
      warnings.map((line) => JSON.parse(line)).map(({ event, level, ip }) => ({ event, level, ip })),
      ['login', 'password_reset_requested'].map((event) => ({ event, level: 'warn', ip: client.ip })),
    )
    assert.ok(!app.logs.slice(lines).some((line) => line.includes(identifier)))
  })
})

describe('what has no place in signing in', () => {
  it('is an Authorization header: it is ignored, whatever it holds', async () => {
    const person = await signUp(app)
    for (const authorization of ['Bearer', 'Bearer x', 'Basic eDp5', `Bearer ${person.accessToken}`, ',;']) {
      const post = (path: string, body: unknown) =>
        createClient(app).post(path, body, { headers: { authorization } })
      const login = { identifier: person.email, password: person.password }
      assert.equal((await post('/auth/login', login)).status, 200)
      assert.equal((await post('/auth/check-username', { username: 'somebody' })).status, 200)
      assert.equal((await post('/auth/refresh', {})).error.code, 'invalid_token')
      assert.equal((await post('/auth/logout', {})).status, 200)
    }
  })

  it('is the name by which somebody reached the server: no mail holds it', async () => {
    const person = makePerson()
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    }
    const client = createClient(app)
    await client.post('/auth/register', person, { headers })
    await client.post('/auth/register', { ...makePerson(), email: (await signUp(app)).email }, { headers })
    await client.post('/auth/resend-verification', { identifier: person.email }, { headers })
    await client.post('/auth/forgot-password', { identifier: person.email }, { headers })
    for (const mail of await app.mails()) assert.ok(!JSON.stringify(mail).includes('evil.example'))
  })

  it('are texts that no database or mail could hold: 422, before anything is hashed', async () => {
    const person = await signUp(app)
    tasks.length = 0
    for (const text of ['a\0bcdefgh', 'abcdefg\ud800', 'x'.repeat(1_025)]) {
      const bad: [string, object][] = [
        ['login', { identifier: person.email, password: text }],
        ['login', { identifier: text, password: person.password }],
        ['register', makePerson({ password: text })],
        ['register', makePerson({ name: text })],
        ['register', makePerson({ email: `${text}@example.com` })],
        ['verify', { identifier: text, verification_code: '123456' }],
        ['verify', { identifier: person.email, verification_code: text }],
        ['forgot-password', { identifier: text }],
        ['reset-password', { identifier: person.email, verification_code: '123456', new_password: text }],
      ]
      for (const [path, body] of bad) {
        const { status, error } = await createClient(app).post(`/auth/${path}`, body)
        assert.equal(status, 422, `${path} ${JSON.stringify(body).slice(0, 200)}`)
        assert.equal(error.code, 'validation_failed')
      }
    }
    assert.deepEqual(tasks, [])
    assert.equal((await logIn(app, person)).status, 200)
  })
})

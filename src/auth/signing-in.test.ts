import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Answer, createClient, randomIp } from '../../test/client.ts'
import { countMails, logIn, makePerson, OTHER_PASSWORD, signUp } from '../../test/people.ts'
import { jobDefinitions } from '../jobs.ts'
import { openHashingPool } from '../platform/hashing/hashing-pool.ts'

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

describe('signing in', () => {
  it('takes the e-mail address or the username in any spelling', async () => {
    const { email, username, password } = await signUp(app)
    const fullWidth = [...username].map((c) =>
      /[a-z]/.test(c) ? String.fromCodePoint(c.charCodeAt(0) + 0xfee0) : c,
    )
    for (const identifier of [
      email,
      ` ${email.toUpperCase()} `,
      username,
      username.toUpperCase(),
      fullWidth.join(''),
    ]) {
      assert.equal((await login(identifier, password)).status, 200, identifier)
    }
  })

  it('sets both cookies, and tells the refresh token to programs but not to browsers', async () => {
    const person = await signUp(app)
    const program = await logIn(app, person)
    assert.equal(program.headers.get('cache-control'), 'no-store')
    assert.match(program.data.refresh_token, /^ey/)
    assert.equal(program.data.message, 'Welcome back.')
    for (const [name, age] of [
      ['access_token', 1800],
      ['refresh_token', 604_800],
    ] as const) {
      const cookie = program.setCookies[name] ?? ''
      for (const part of [`Max-Age=${age}`, 'Path=/;', 'HttpOnly', 'SameSite=Lax'])
        assert.ok(cookie.includes(part), part)
      assert.ok(!cookie.includes('Secure'))
    }
    for (const headers of [{ origin: 'https://elsewhere.example' }, { 'sec-fetch-site': 'same-origin' }]) {
      const browser = await createClient(app).post(
        '/auth/login',
        { identifier: person.email, password: person.password },
        { headers },
      )
      assert.equal(browser.status, 200)
      assert.ok(!('refresh_token' in browser.data))
    }
  })

  it('answers the same for an unknown, a wrong and a not yet verified one', async () => {
    const person = await signUp(app)
    const waiting = makePerson()
    await createClient(app).post('/auth/register', waiting)
    const answers = [
      await login(person.email, OTHER_PASSWORD),
      await login('nobody@example.com', OTHER_PASSWORD),
      await login('nobody', OTHER_PASSWORD),
      await login(waiting.email, waiting.password),
    ]
    for (const { status, error } of answers) {
      assert.equal(status, 401)
      assert.equal(error.code, 'invalid_credentials')
      assert.equal(error.message, 'Invalid Credentials')
      assert.deepEqual(error.errors, answers[0]?.error.errors)
    }
  })

  it('keeps four sessions, also when 50 sign-ins on two instances come at once', async () => {
    const person = await signUp(app)
    const answers: Answer[] = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        login(person.username, person.password, randomIp(), i % 2 ? app : twin),
      ),
    )
    const signedIn = answers.filter(({ status }) => status === 200)
    assert.ok(signedIn.length > 4)
    for (const { status, headers } of answers.filter((answer) => answer.status !== 200)) {
      assert.equal(status, 503)
      assert.ok(Number(headers.get('retry-after')) > 0)
    }
    const alive = await Promise.all(
      signedIn.map(({ data }) => createClient(twin).get('/users/me', { token: data.access_token })),
    )
    assert.equal(alive.filter(({ status }) => status === 200).length, 4)
    assert.equal((await person.client.get('/users/me', { token: person.accessToken })).status, 401)
  })

  it('sheds what is too much with 503, and gives the attempt back', async (t) => {
    const person = await signUp(app)
    const hashing = openHashingPool({ threads: 1, maxQueue: 1 })
    const busy = await startTestApp({ sharing: app, hashing, withoutJobs: true })
    t.after(() => busy.close())
    const ip = randomIp()
    const answers = await Promise.all(
      Array.from({ length: 15 }, () => login(person.email, person.password, ip, busy)),
    )
    const shed = answers.filter(({ status }) => status === 503)
    assert.ok(shed.length > 0)
    assert.equal(shed[0]?.error.code, 'overloaded')
    assert.ok(Number(shed[0]?.headers.get('retry-after')) >= 1)
    assert.equal((await login(person.email, person.password, ip, busy)).status, 200)
    const client = createClient(busy)
    const prove = () =>
      client.post('/auth/reauthenticate', { password: person.password }, { token: person.accessToken })
    const proofs = await Promise.all(Array.from({ length: 10 }, prove))
    assert.ok(proofs.some(({ status }) => status === 503))
    assert.equal((await prove()).status, 200)
  })
})

describe('right passwords', () => {
  it('however many at once, block nobody', async () => {
    const person = await signUp(app)
    const ip = randomIp()
    const answers = await Promise.all(
      Array.from({ length: 28 }, (_, i) => login(person.email, person.password, ip, i % 2 ? app : twin)),
    )
    assert.ok(answers.every(({ status }) => status === 200 || status === 429))
    assert.ok(answers.filter(({ status }) => status === 200).length >= 10)
    for (const { status, headers } of answers) {
      if (status === 429) assert.equal(headers.get('retry-after'), '2')
    }
    assert.equal((await login(person.email, person.password, ip)).status, 200)
  })

  it('of who is signed in, at once, block nobody either', async () => {
    const person = await signUp(app)
    const client = createClient(app)
    const token = person.accessToken
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        i % 2
          ? client.post('/auth/reauthenticate', { password: person.password }, { token })
          : client.put(
              '/users/me/password',
              { current_password: person.password, new_password: 'short' },
              { token },
            ),
      ),
    )
    for (const { status, headers } of answers) {
      assert.ok([200, 422, 429, 503].includes(status), `${status}`)
      if (status === 429) assert.equal(headers.get('retry-after'), '2')
    }
    const last = await client.post('/auth/reauthenticate', { password: person.password }, { token })
    assert.equal(last.status, 200)
  })

  it('beside wrong ones wait for a moment until ten are wrong, and then for as long as the block lasts', async () => {
    const person = await signUp(app)
    const ip = randomIp()
    for (let wrong = 0; wrong < 9; wrong += 1) await login(person.email, OTHER_PASSWORD, ip)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => login(person.email, person.password, ip)),
    )
    const refused = answers.filter(({ status }) => status === 429)
    assert.ok(refused.every(({ headers }) => headers.get('retry-after') === '2'))
    assert.equal((await login(person.email, OTHER_PASSWORD, ip)).status, 401)
    const blocked = await login(person.email, person.password, ip)
    assert.deepEqual([blocked.status, blocked.headers.get('retry-after')], [429, '900'])
  })
})

describe('wrong passwords', () => {
  it('block an address for an identifier after ten, for 15 minutes, in whatever spelling', async () => {
    const person = await signUp(app)
    const ip = randomIp()
    for (let i = 0; i < 10; i += 1) {
      const identifier = i % 2 ? person.email : person.email.toUpperCase()
      assert.equal((await login(identifier, OTHER_PASSWORD, ip)).status, 401)
    }
    const blocked = await login(person.email, person.password, ip)
    assert.equal(blocked.status, 429)
    assert.equal(blocked.headers.get('retry-after'), '900')
    assert.equal((await login(person.email, person.password)).status, 200)
    app.clock.advance(901)
    assert.equal((await login(person.email, person.password, ip)).status, 200)
  })

  it('that were right in between do not count, nor do those of more than a quarter of an hour ago', async () => {
    const person = await signUp(app)
    const ip = randomIp()
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 9; i += 1) {
        assert.equal((await login(person.email, OTHER_PASSWORD, ip)).status, 401)
        assert.equal((await login(person.email, person.password, ip)).status, 200)
      }
      app.clock.advance(900)
    }
  })

  it('keep nobody else out: not another address, not another account, not who refreshes', async () => {
    const person = await signUp(app)
    const neighbour = await signUp(app)
    const attacker = createClient(app)
    for (let i = 0; i < 11; i += 1) await login(person.email, OTHER_PASSWORD, attacker.ip)
    assert.equal((await login(person.email, person.password, attacker.ip)).status, 429)
    assert.equal((await login(neighbour.email, neighbour.password, attacker.ip)).status, 200)
    const refreshed = await attacker.post('/auth/refresh', { refresh_token: person.refreshToken })
    assert.equal(refreshed.status, 200)
    for (let i = 0; i < 30; i += 1) await login(`nobody-${i}`, OTHER_PASSWORD, attacker.ip)
    assert.equal((await login(neighbour.email, neighbour.password, attacker.ip)).status, 429)
    assert.equal((await login(person.email, person.password, person.client.ip)).status, 200)
    assert.equal((await login(neighbour.email, neighbour.password)).status, 200)
  })

  it('block a whole network of IPv6 by its first 64 bits, and no other', async () => {
    const person = await signUp(app)
    for (let i = 0; i < 10; i += 1) {
      const ip = i % 2 ? `2001:db8:7::${i}` : `2001:0DB8:7:0000:${i}::1`
      assert.equal((await login(person.email, OTHER_PASSWORD, ip)).status, 401)
    }
    assert.equal((await login(person.email, person.password, '2001:db8:7:0:ffff::1')).status, 429)
    assert.equal((await login(person.email, person.password, '2001:db8:7:1::1')).status, 200)
  })

  it('of 200 at once on two instances, ten are looked at', async () => {
    const person = await signUp(app)
    const ip = randomIp()
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        login(person.email, i === 100 ? person.password : OTHER_PASSWORD, ip, i % 2 ? app : twin),
      ),
    )
    assert.ok(answers.filter(({ status }) => status === 200 || status === 401).length <= 11)
    assert.ok(answers.every(({ status }) => [200, 401, 429].includes(status)))
  })

  it('from everywhere, a hundred a day, shut strangers out but not a known device', async () => {
    const home = createClient(app)
    const person = await signUp(app, {}, home)
    await app.platform.limits.spend(
      { name: 'sign_in_failures_a_day', points: 1e6, seconds: 86_400 },
      person.email,
    )
    await app.platform.db
      .updateTable('rate_limits')
      .set({ points: 100 })
      .where('key', 'like', 'sign_in_failures_a_day:%')
      .execute()
    const stranger = await login(person.email, person.password)
    assert.equal(stranger.status, 429)
    assert.equal((await login(person.email, person.password, home.ip)).status, 200)
    await login('nobody-at-all', OTHER_PASSWORD)
    await app.platform.db
      .updateTable('rate_limits')
      .set({ points: 101 })
      .where('key', 'like', 'sign_in_failures_a_day:%')
      .execute()
    assert.equal((await login('nobody-at-all', person.password, home.ip)).status, 429)
    app.clock.advance(86_401)
    assert.equal((await login(person.email, person.password)).status, 200)
  })

  it('attempts are 30 a minute from one address', async () => {
    const ip = randomIp()
    for (let i = 0; i < 30; i += 1) await login(`nobody-${i}`, OTHER_PASSWORD, ip)
    assert.equal((await login('nobody', OTHER_PASSWORD, ip)).status, 429)
  })
})

describe('a new device', () => {
  it('is told of by mail, but not the first, nor one that is known, and at most five a day', async () => {
    const person = await signUp(app)
    const count = () => countMails(app, person.email, /New sign-in/)
    await login(person.email, person.password, person.client.ip)
    assert.equal(await count(), 0)
    const second = randomIp()
    await login(person.email, person.password, second)
    await login(person.email, person.password, second)
    assert.equal(await count(), 1)
    for (let i = 0; i < 6; i += 1) await login(person.email, person.password)
    assert.equal(await count(), 5)
    app.clock.advance(31 * 86_400)
    await login(person.email, person.password, second)
    assert.equal(await count(), 6)
  })
})

describe('a device', () => {
  it('is new again 30 days after it was last used, and says where it is', async () => {
    const person = await signUp(app)
    const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const laptop = createClient(app, { ip: '203.0.113.9', userAgent: firefox })
    const notices = async () =>
      (await app.mails(person.email)).filter(({ subject }) => /New sign-in/.test(subject))
    await logIn(app, person, laptop)
    const [notice] = await notices()
    assert.match(notice?.text ?? '', /Firefox on Windows/)
    assert.match(notice?.text ?? '', /203\.0\.113\.9/)
    app.clock.advance(30 * 86_400 - 1)
    await logIn(app, person, laptop)
    assert.equal((await notices()).length, 1)
    app.clock.advance(30 * 86_400)
    await logIn(app, person, laptop)
    assert.equal((await notices()).length, 2)
  })

  it('is new to who was away for years', async () => {
    const person = await signUp(app)
    app.clock.advance(800 * 86_400)
    for (const { name, run } of jobDefinitions(app.platform)) {
      if (name.startsWith('prune_')) await run({}, new AbortController().signal, 1)
    }
    await login(person.email, person.password)
    assert.equal(await countMails(app, person.email, /New sign-in/), 1)
  })

  it('is the address, whichever of the 64 bits of an IPv6 network are used', async () => {
    const person = await signUp(app, {}, createClient(app, { ip: '2001:db8:9::1' }))
    await login(person.email, person.password, '2001:db8:9::ffff')
    assert.equal(await countMails(app, person.email, /New sign-in/), 0)
    await login(person.email, person.password, '2001:db8:9:1::1')
    assert.equal(await countMails(app, person.email, /New sign-in/), 1)
  })

  it('of a failed sign-in becomes no known one', async () => {
    const person = await signUp(app)
    const ip = randomIp()
    await login(person.email, OTHER_PASSWORD, ip)
    await login(person.email, person.password, ip)
    assert.equal(await countMails(app, person.email, /New sign-in/), 1)
  })
})

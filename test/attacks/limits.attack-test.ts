import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../app.ts'
import { createClient, randomIp } from '../client.ts'
import { logIn, makePerson, OTHER_PASSWORD, type Person, signUp } from '../people.ts'
import { atOnce, tally, useInstances } from './instances.ts'
import { rawRequest } from './raw-request.ts'

const instances = useInstances()

const login = (identifier: string, password: string, ip = randomIp(), on = instances.app) =>
  createClient(on, { ip }).post('/auth/login', { identifier, password })

const CODE_GUESS = { identifier: 'nobody', verification_code: '123456' }

/** The status of a guess at a code, with these headers alone. */
async function guess(on: TestApp, headers: Record<string, string>, number: number): Promise<number> {
  const body = JSON.stringify({ ...CODE_GUESS, identifier: `nobody-${number}` })
  const url = `${on.url}/api/v1/auth/verify`
  return (await rawRequest(url, { headers: { 'content-type': 'application/json', ...headers }, body })).status
}

describe('10. a header buys an attacker fresh limits', () => {
  it('one that a peer invents who is no trusted proxy', async (t) => {
    const env = { TRUSTED_PROXIES: '192.0.2.0/24' }
    const exposed = await startTestApp({ sharing: instances.app, env })
    t.after(() => exposed.close())
    const names = [
      'x-forwarded-for',
      'forwarded',
      'x-real-ip',
      'cf-connecting-ip',
      'true-client-ip',
      'x-client-ip',
      'x-cluster-client-ip',
      'fastly-client-ip',
    ]
    const answers = await atOnce(64, async (i) => {
      const name = names[i % names.length] ?? ''
      const ip = randomIp()
      return { status: await guess(exposed, { [name]: name === 'forwarded' ? `for=${ip}` : ip }, i) }
    })
    assert.deepEqual(tally(answers), { 400: 30, 429: 34 })
  })

  it('one in front of the hop that the trusted proxy adds, or beside it', async () => {
    const hop = randomIp()
    const answers = await atOnce(64, async (i) => {
      const headers = {
        'x-forwarded-for': `${randomIp()}, ${hop}`,
        'x-real-ip': randomIp(),
        forwarded: `for=${i}`,
      }
      return { status: await guess(instances.app, headers, i) }
    })
    assert.deepEqual(tally(answers), { 400: 30, 429: 34 })
  })

  it('one that is missing: without it the address of the peer counts', async () => {
    const answers = await atOnce(64, async (i) => ({ status: await guess(instances.twin, {}, 100 + i) }))
    // Those of the first test came from the same peer.
    assert.deepEqual(tally(answers), { 429: 64 })
    instances.app.clock.advance(301)
    const later = await atOnce(31, async (i) => ({ status: await guess(instances.twin, {}, 200 + i) }))
    assert.deepEqual(tally(later), { 400: 30, 429: 1 })
  })

  it('an endless, empty or broken one', async () => {
    const garbage = ['', ',', 'unknown', '_hidden', '999.1.1.1', '"', 'x'.repeat(4_000), '::g', '1.2.3.4.5']
    const answers = await atOnce(80, async (i) => {
      const header = `${garbage[i % garbage.length]}${i % 2 ? '' : ' '}`
      return { status: await guess(instances.app, { 'x-forwarded-for': header }, 300 + i) }
    })
    // An unreadable address is one bucket, the peer's own another that is spent already.
    assert.ok((tally(answers)[400] ?? 0) <= 30, JSON.stringify(tally(answers)))
    assert.equal(tally(answers)[500] ?? 0, 0)
  })
})

describe('11. one customer has as many limits as addresses', () => {
  const ask = (ip: string, number: number) =>
    createClient(number % 2 ? instances.app : instances.twin, { ip }).post('/auth/check-username', {
      username: `name-${number}`,
    })

  it('1,000 addresses of one IPv6 network share one', async () => {
    const answers = []
    for (let block = 0; block < 10; block += 1) {
      answers.push(
        ...(await atOnce(100, (i) => ask(`2001:db8:11:22:${(block * 100 + i).toString(16)}::${i + 1}`, i))),
      )
    }
    assert.deepEqual(tally(answers), { 200: 30, 429: 970 })
    assert.equal((await ask('2001:db8:11:23::1', 1)).status, 200)
  })

  const SPELLINGS: [string, string[]][] = [
    [
      '2001:db8:a:b::1',
      [
        '2001:DB8:A:B::1',
        '2001:0db8:000a:000b:0000:0000:0000:0001',
        '2001:db8:a:b:0:0:0:1',
        '2001:db8:a:b::0001',
        '2001:db8:a:b::0.0.0.1',
      ],
    ],
    [
      '203.0.113.11',
      ['::ffff:203.0.113.11', '::FFFF:CB00:710B', '0:0:0:0:0:ffff:203.0.113.11', ' 203.0.113.11 '],
    ],
  ]
  for (const [address, spellings] of SPELLINGS) {
    it(`every spelling of ${address} shares one`, async () => {
      const answers = await atOnce(60, (i) =>
        ask([address, ...spellings][i % (spellings.length + 1)] ?? '', i),
      )
      assert.deepEqual(tally(answers), { 200: 30, 429: 30 })
    })
  }
})

describe('12. an attacker keeps others out by limits', () => {
  it('one client that spends all of its own stops nobody else', async () => {
    const person = await signUp(instances.app)
    const ip = '203.0.113.12'
    const flood = await atOnce(40, (i) => login(`nobody-${i}`, OTHER_PASSWORD, ip))
    assert.ok((tally(flood)[429] ?? 0) > 0)
    await atOnce(40, (i) =>
      createClient(instances.app, { ip }).post('/auth/verify', {
        ...CODE_GUESS,
        identifier: `${person.email}${i}`,
      }),
    )
    const everything = await atOnce(700, () => createClient(instances.app, { ip }).get('/users/me'))
    assert.ok((tally(everything)[429] ?? 0) >= 100)
    for (const on of [instances.app, instances.twin]) {
      assert.equal((await login(person.email, person.password, randomIp(), on)).status, 200)
      const refreshed = await createClient(on).post('/auth/refresh', { refresh_token: person.refreshToken })
      assert.equal(refreshed.status, 200)
    }
  })

  it('a hundred wrong passwords a day stop strangers, and neither the owner’s device nor its session', async () => {
    const home = createClient(instances.app)
    const person = await signUp(instances.app, {}, home)
    const guesses = []
    for (let round = 0; round < 4; round += 1) {
      guesses.push(...(await atOnce(30, () => login(person.email, OTHER_PASSWORD))))
    }
    const { 401: wrong = 0, 429: refused = 0 } = tally(guesses)
    assert.deepEqual([wrong, refused], [100, 20])
    assert.equal((await login(person.email, person.password)).status, 429)
    assert.equal((await logIn(instances.app, person, home)).status, 200)
    assert.equal(
      (await logIn(instances.app, person, createClient(instances.twin, { ip: home.ip }))).status,
      200,
    )
    const { status } = await createClient(instances.app).post('/auth/refresh', {
      refresh_token: person.refreshToken,
    })
    assert.equal(status, 200)
  })
})

function fullWidth(text: string): string {
  return [...text].map((c) => (/[!-~]/.test(c) ? String.fromCodePoint(c.charCodeAt(0) + 0xfee0) : c)).join('')
}

describe('13. a spelling makes a second account or a fresh limit', () => {
  // Letters that have several forms: composed, sharp, joined.
  const named = (): Partial<Person> => ({ email: makePerson().email.replace('ada', 'zoé.strasse.fi') })
  const spellingsOf = (text: string) => [
    text,
    text.toUpperCase(),
    `  ${text} `,
    fullWidth(text),
    fullWidth(text.toUpperCase()),
    text.normalize('NFD'),
    text.toUpperCase().normalize('NFD'),
    text.replace('strasse', 'straße').replace('fi', 'ﬁ'),
    text.replace('strasse', 'STRAẞE'),
  ]

  it('every spelling of an address and a username signs in to the one account', async () => {
    const person = await signUp(instances.app, named())
    for (const identifier of [...spellingsOf(person.email), ...spellingsOf(person.username)]) {
      const { status, data } = await login(identifier, person.password)
      assert.equal(status, 200, identifier)
      assert.equal(data.user.id, person.id)
    }
  })

  it('no spelling of an address gets a second account, nor one of a username', async () => {
    const person = await signUp(instances.app, named())
    const before = (await instances.app.mails()).length
    for (const email of spellingsOf(person.email)) {
      const { status } = await createClient(instances.app).post('/auth/register', makePerson({ email }))
      assert.equal(status, 201)
      instances.app.clock.advance(3_601)
    }
    const mails = await instances.app.mails()
    const told = mails.slice(0, mails.length - before)
    assert.deepEqual(
      told.map(({ to, subject }) => [to, subject]),
      spellingsOf(person.email).map(() => [person.email, 'You already have a CrypAlgos account']),
    )
    const taken = await createClient(instances.app).post('/auth/check-username', {
      username: person.username.toUpperCase(),
    })
    assert.equal(taken.data.available, false)
  })

  it('all spellings spend one limit of failures', async () => {
    const person = await signUp(instances.app, named())
    const spellings = spellingsOf(person.email)
    const ip = randomIp()
    for (let i = 0; i < 10; i += 1) {
      assert.equal((await login(spellings[i % spellings.length] ?? '', OTHER_PASSWORD, ip)).status, 401)
    }
    for (const spelling of spellings) {
      assert.equal((await login(spelling, person.password, ip)).status, 429, spelling)
    }
  })

  const inGermany = () => makePerson().email.replace('example.com', 'xn--bcher-kva.example')
  const domainsOf = (email: string) => {
    const unicode = email.replace('xn--bcher-kva', 'bücher')
    return [
      email,
      email.toUpperCase(),
      unicode,
      unicode.toUpperCase(),
      unicode.normalize('NFD'),
      fullWidth(unicode),
      unicode.replace('bücher.', 'bücher。'),
      unicode.replace('bücher', 'bü\u00adcher'),
    ]
  }

  it('every spelling of a domain is one account, one limit of failures and one of mails', async () => {
    const person = await signUp(instances.app, { email: inGermany() })
    const ip = randomIp()
    for (const identifier of domainsOf(person.email)) {
      const { status, data } = await login(identifier, person.password)
      assert.deepEqual([status, data?.user.id], [200, person.id], identifier)
      assert.equal((await login(identifier, OTHER_PASSWORD, ip)).status, 401)
      await createClient(instances.app).post('/auth/forgot-password', { identifier })
      await createClient(instances.app).post('/auth/register', makePerson({ email: identifier }))
    }
    for (let wrong = domainsOf(person.email).length; wrong < 10; wrong += 1) {
      await login(person.email, OTHER_PASSWORD, ip)
    }
    for (const identifier of domainsOf(person.email)) {
      assert.equal((await login(identifier, person.password, ip)).status, 429, identifier)
    }
    const subjects = (await instances.app.mails(person.email)).map(({ subject }) => subject)
    assert.equal(subjects.filter((subject) => /reset/i.test(subject)).length, 1, subjects.join())
    // Five an hour, of which one was the registration itself.
    assert.equal(subjects.filter((subject) => /already/.test(subject)).length, 4, subjects.join())
  })

  it('a domain that folds into another one is not that one', async () => {
    const { email } = makePerson()
    const [sharp, plain] = ['xn--strae-oqa.example', 'strasse.example'].map((domain) =>
      email.replace('example.com', domain),
    ) as [string, string]
    const owner = await signUp(instances.app, { email: plain })
    for (const spelling of [
      sharp,
      sharp.replace('xn--strae-oqa', 'straße'),
      sharp.replace('xn--strae-oqa', 'STRAẞE'),
    ]) {
      assert.equal((await login(spelling, owner.password)).status, 401, spelling)
      await createClient(instances.app).post('/auth/forgot-password', { identifier: spelling })
    }
    assert.equal((await instances.app.mails(plain)).filter(({ subject }) => /reset/i.test(subject)).length, 0)
    const other = await signUp(instances.app, { email: sharp, password: OTHER_PASSWORD })
    assert.notEqual(other.id, owner.id)
    const typed = await login(sharp.replace('xn--strae-oqa', 'straße'), OTHER_PASSWORD)
    assert.deepEqual([typed.status, typed.data.user.email], [200, sharp])
  })

  it('two accounts of one mailbox from before are both found, each by its own spelling', async () => {
    const [first, second] = [await signUp(instances.app, { email: inGermany() }), await signUp(instances.app)]
    const unicode = first.email.replace('xn--bcher-kva', 'bücher')
    const { db } = instances.app.platform
    await db.updateTable('users').set({ email: unicode }).where('id', '=', second.id).execute()
    assert.equal((await login(first.email, first.password)).data.user.id, first.id)
    assert.equal((await login(unicode.toUpperCase(), second.password)).data.user.id, second.id)
    const token = (await login(unicode, second.password)).data.access_token
    const same = await createClient(instances.app).put('/users/me', { email: unicode }, { token })
    assert.deepEqual(
      [same.status, same.data.user?.pending_email ?? same.data.pending_email],
      [200, undefined],
    )
    // Both spend one limit, also where the password is confirmed.
    const ip = randomIp()
    for (let wrong = 0; wrong < 10; wrong += 1) {
      await login(wrong % 2 ? unicode : first.email, OTHER_PASSWORD, ip)
    }
    const proof = await createClient(instances.app, { ip }).post(
      '/auth/reauthenticate',
      { password: second.password },
      { token },
    )
    assert.equal(proof.status, 429)
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import { type Answer, type Client, createClient } from '../../../test/client.ts'
import { logIn, signUp } from '../../../test/people.ts'
import { AppError } from '../errors.ts'
import { pruneRateLimitsJob } from './prune-rate-limits-job.ts'
import type { FailureLimit, Limit } from './rate-limits.ts'

let app: TestApp

before(async () => {
  app = await startTestApp()
})

after(() => app.close())

function assertLimited(answer: Answer, seconds: number): void {
  assert.equal(answer.status, 429)
  assert.deepEqual([answer.error.code, answer.error.message], ['rate_limited', 'Too Many Requests'])
  assert.equal(answer.headers.get('retry-after'), String(seconds))
  assert.equal(answer.error.errors.detail, `Too many requests. Try again in ${seconds} seconds.`)
}

/** Asks so many times, a few at once, and counts the answers by status. */
async function ask(times: number, request: () => Promise<Answer>): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {}
  let left = times
  const worker = async () => {
    while (left-- > 0) {
      const { status } = await request()
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 10 }, worker))
  return statuses
}

describe('requests', () => {
  it('are 600 a minute for each session, whatever address they come from', async () => {
    const person = await signUp(app)
    const request = () => createClient(app).get('/users/me', { token: person.accessToken })
    assert.deepEqual(await ask(600, request), { 200: 600 })
    assertLimited(await request(), 60)
    const other = await logIn(app, person)
    assert.equal((await person.client.get('/users/me', { token: other.data.access_token })).status, 200)
    app.clock.advance(60)
    assert.equal((await request()).status, 200)
  })

  it('are 600 a minute for each address without a session, on any path', async () => {
    const client = createClient(app)
    const requests: [number, (client: Client) => Promise<Answer>][] = [
      [401, (one) => one.get('/users/me')],
      [401, (one) => one.get('/users/me', { token: 'none' })],
      [404, (one) => one.get('/nothing')],
      [405, (one) => one.get('/auth/login')],
      [422, (one) => one.post('/auth/login', {})],
      [200, (one) => one.get('//')],
    ]
    for (const [status, request] of requests) {
      assert.deepEqual(await ask(100, () => request(client)), { [status]: 100 })
    }
    for (const [status, request] of requests) {
      assertLimited(await request(client), 60)
      assert.equal((await request(createClient(app))).status, status)
    }
  })

  it('have no limit for probes, the documentation and the mailbox', async () => {
    const client = createClient(app)
    await ask(600, () => client.get('/nothing'))
    assertLimited(await client.get('/nothing'), 60)
    for (const path of [
      '/health',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/redoc',
      '/dev/mailbox',
    ]) {
      assert.equal((await client.get(`/${path}`)).status, 200, path)
    }
  })
})

describe('a limit in the database', () => {
  const limit: Limit = { name: 'a_test', points: 2, seconds: 60 }

  it('refuses with the time to wait once its points are spent, until the window ends', async () => {
    const { limits } = app.platform
    await limits.spend(limit, 'one')
    await limits.spend(limit, 'one')
    await assert.rejects(
      limits.spend(limit, 'one'),
      (error) => error instanceof AppError && error.code === 'rate_limited' && error.retryAfterSeconds === 60,
    )
    await limits.spend(limit, 'another')
    app.clock.advance(59)
    await assert.rejects(limits.spend(limit, 'one'), { detail: 'Too many requests. Try again in 1 second.' })
    app.clock.advance(2)
    await limits.spend(limit, 'one')
  })

  it('says a longer time in minutes, rounded up', async () => {
    const { limits } = app.platform
    const hourly = { ...limit, name: 'an_hourly_test', seconds: 3600 }
    await limits.spend(hourly, 'one')
    await limits.spend(hourly, 'one')
    app.clock.advance(30)
    const detail = 'Too many requests. Try again in 60 minutes.'
    await assert.rejects(limits.spend(hourly, 'one'), { detail })
  })

  it('can be spent without a refusal that shows', async () => {
    const { limits } = app.platform
    assert.equal(await limits.trySpend(limit, 'silent'), true)
    assert.equal(await limits.trySpend(limit, 'silent'), true)
    assert.equal(await limits.trySpend(limit, 'silent'), false)
  })

  const failures: FailureLimit = { name: 'a_test_of_failures', points: 2, seconds: 60, blockSeconds: 300 }
  const begin = (key: string) => app.platform.limits.attempt(failures, key)
  const fail = async (key: string) => (await begin(key)).fail()

  it('of failures lets as many attempts through at once as it has points, and asks the others to wait a moment', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 9 }, () => begin('at once')))
    const begun = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    assert.equal(begun.length, 2)
    for (const one of attempts) {
      if (one.status === 'rejected') assert.equal(one.reason.retryAfterSeconds, 2)
    }
    for (const one of begun) await one.giveBack()
    const [first, second] = [await begin('at once'), await begin('at once')]
    await first.fail()
    await assert.rejects(begin('at once'), { code: 'rate_limited', retryAfterSeconds: 2 })
    await second.giveBack()
    await fail('at once')
    await assert.rejects(begin('at once'), { code: 'rate_limited', retryAfterSeconds: 300 })
  })

  it('of failures gives no more back than was spent in its window, however often and late', async () => {
    const late = await begin('returned')
    await fail('returned')
    for (let times = 0; times < 3; times += 1) await late.giveBack()
    const other = await begin('returned')
    await assert.rejects(begin('returned'), { retryAfterSeconds: 2 })
    app.clock.advance(61)
    await begin('returned')
    await other.giveBack()
    await other.fail()
    await begin('returned')
    await assert.rejects(begin('returned'), { retryAfterSeconds: 2 })
  })

  it('of failures blocks from the last one that it allows, and not before', async () => {
    await fail('blocked')
    app.clock.advance(30)
    await fail('blocked')
    await assert.rejects(fail('blocked'), { code: 'rate_limited', retryAfterSeconds: 300 })
    app.clock.advance(299)
    await assert.rejects(fail('blocked'), { retryAfterSeconds: 1 })
    app.clock.advance(1)
    await fail('blocked')
    app.clock.advance(60)
    await fail('blocked')
  })

  it('of failures without a block lasts until its window ends', async () => {
    const daily = { name: 'a_daily_test', points: 1, seconds: 600 }
    await (await app.platform.limits.attempt(daily, 'one')).fail()
    app.clock.advance(100)
    await assert.rejects(app.platform.limits.attempt(daily, 'one'), { retryAfterSeconds: 500 })
  })

  it('keeps no key in the clear, and its rows only as long as they count', async () => {
    const { limits, db } = app.platform
    await limits.spend(limit, 'ada@example.com')
    const count = async () => {
      const { rows } = await sql<{
        key: string
      }>`SELECT key FROM rate_limits WHERE key LIKE 'a_test:%'`.execute(db)
      assert.ok(rows.every(({ key }) => !key.includes('ada')))
      return rows.length
    }
    const before = await count()
    const prune = () => pruneRateLimitsJob(app.platform).run({}, new AbortController().signal, 1)
    await prune()
    assert.ok((await count()) > 0)
    app.clock.advance(61)
    await prune()
    assert.ok(before > 0)
    assert.equal(await count(), 0)
  })
})

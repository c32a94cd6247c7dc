import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { assertSound } from './invariants.ts'
import { type Load, startLoad } from './load.ts'
import { type MortalPostgres, startMortalPostgres } from './postgres.ts'
import { assertSaid, eventually, isReady, SESSION_CAP, type Service, startService } from './service.ts'

/** Outages are this long, beside what one takes by itself. */
const OUTAGE_MS = 1_500

let postgres: MortalPostgres
let service: Service
let load: Load
before(async () => {
  postgres = await startMortalPostgres()
})
after(() => postgres.close())
beforeEach(async () => {
  service = await startService({ databaseUrl: postgres.url })
  load = await startLoad(service)
  await delay(500)
})
afterEach(() => service.close())

/** Waits until writes are acknowledged again, and looks whether all is as it was acknowledged. */
async function assertHealed(t: TestContext): Promise<void> {
  const begun = performance.now()
  await eventually(() => isReady(service.url))
  const until = load.acknowledged() + 20
  await eventually(async () => load.acknowledged() >= until)
  const healedMs = Math.round(performance.now() - begun)
  await load.stop()
  t.diagnostic(`20 writes within ${healedMs} ms of its return; ${load.describe()}`)
  assert.deepEqual(load.unexpected, [])
  assert.deepEqual(await load.lost(), [])
  await assertSound(service.databaseUrl, SESSION_CAP)
  service.web.signal('SIGTERM')
  assert.deepEqual(await service.web.ended, { code: 0, signal: null })
}

/** Opens connections until there are none left, those of the service included. */
async function takeAllConnections(): Promise<pg.Client[]> {
  const taken: pg.Client[] = []
  const take = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: postgres.url })
    client.on('error', () => {})
    const isTaken = await client.connect().then(
      () => true,
      () => false,
    )
    if (isTaken) taken.push(client)
    return isTaken
  }
  const theirs = `FROM pg_stat_activity WHERE application_name = 'crypalgos-api'`
  for (;;) {
    while (await take());
    const { rows } = (await taken[0]?.query(`SELECT pg_terminate_backend(pid) ${theirs}`)) ?? { rows: [] }
    if (rows.length === 0) return taken
  }
}

describe('under load, when PostgreSQL', () => {
  it('is killed, clients get 503 and nothing acknowledged is lost once it is back', async (t) => {
    await postgres.kill()
    await delay(OUTAGE_MS)
    await postgres.start()
    await assertHealed(t)
    assertSaid(service.web, /"msg":"a database connection broke"/)
    assertSaid(service.web, /ECONNREFUSED.*"code":"service_unavailable","msg":"request failed"/)
    assertSaid(service.web, /"msg":"the job runner ended; it will start again"/)
  })

  it('is restarted in order, clients get 503 and nothing acknowledged is lost', async (t) => {
    await postgres.shutDown()
    await postgres.start()
    await assertHealed(t)
    assertSaid(service.web, /terminating connection due to administrator command/)
  })

  it('stands still, clients get 503 after the limit of a statement, and nothing acknowledged is lost', async (t) => {
    await postgres.pause()
    const ready = await fetch(`${service.url}/health/ready`)
    assert.equal(ready.status, 503)
    await eventually(async () => (load.outcomes.get('503') ?? 0) >= 3)
    assert.equal((await fetch(`${service.url}/health`)).status, 200)
    postgres.resume()
    await assertHealed(t)
    assertSaid(service.web, /Query read timeout.*"code":"service_unavailable","msg":"request failed"/)
  })

  it('has no connection left, clients get 503 and all goes on once it has', async (t) => {
    const taken = await takeAllConnections()
    await delay(OUTAGE_MS)
    await Promise.all(taken.map((client) => client.end()))
    await assertHealed(t)
    assertSaid(service.web, /too many clients already.*"code":"service_unavailable"/)
  })
})

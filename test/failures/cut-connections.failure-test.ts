import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { assertSound } from './invariants.ts'
import { assertSaid, SESSION_CAP, type Service, startService } from './service.ts'
import { type Moment, type StatementProxy, startStatementProxy } from './statement-proxy.ts'
import { assertWhole, WRITING_ROUTES, type WritingRoute } from './writing-routes.ts'

/** What was done before a statement is what was done before the answer to the one before it: both in the long form. */
const SIDES: Moment['before'][] = process.env.LONG === '1' ? ['statement', 'answer'] : ['answer']

let database: TestDatabase
let proxy: StatementProxy
let service: Service
before(async () => {
  database = await createTestDatabase()
  proxy = await startStatementProxy(database.url)
  const through = proxy.through(database.url)
  service = await startService({ databaseUrl: database.url, through, separateWorker: true })
})
after(async () => {
  await service.close()
  await proxy.close()
  await database.drop()
})

/** Breaks the connection in that moment of a call. @returns whether the call got so far */
async function cutAt(route: WritingRoute, moment: Moment): Promise<boolean> {
  const { call, effects } = await route.prepare(service)
  const endCut = proxy.arm(moment)
  const { status, error } = await call()
  const wasCut = endCut()
  const where = `${route.name}, ${moment.before} ${moment.statement}: ${status} ${error?.code}`
  assert.ok(status < 300 || (wasCut && status === 503), where)
  await assertWhole(effects, status < 300, where)
  return wasCut
}

describe('a connection to PostgreSQL that breaks', () => {
  for (const route of WRITING_ROUTES) {
    it(`at any statement of ${route.name} leaves all of it or nothing`, async (t) => {
      let statement = 1
      for (let reached = true; reached; statement += 1) {
        for (const before of SIDES) reached = await cutAt(route, { statement, before })
      }
      t.diagnostic(`cut at each of ${statement - 2} statements`)
    })
  }

  it('leaves nothing broken behind, and the log says what happened', async () => {
    await assertSound(database.url, SESSION_CAP)
    assertSaid(service.web, /"code":"service_unavailable","msg":"request failed"/)
    assert.equal((await fetch(`${service.url}/health/ready`)).status, 200)
  })
})

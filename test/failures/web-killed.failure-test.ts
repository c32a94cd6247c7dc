import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { assertSound } from './invariants.ts'
import { assertSaid, SESSION_CAP, type Service, startService } from './service.ts'
import { type Moment, type StatementProxy, startStatementProxy } from './statement-proxy.ts'
import { assertWhole, WRITING_ROUTES, type WritingRoute } from './writing-routes.ts'

const isLong = process.env.LONG === '1'
/** Each kill takes seconds. In the short form each route is killed once, somewhere else than the one before it. */
const FIRST_OF = 4

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

/** Kills the web process in that moment of a call, and starts another. @returns whether the call got so far */
async function killAt(route: WritingRoute, moment: Moment): Promise<boolean> {
  const { call, effects } = await route.prepare(service)
  const endWait = proxy.arm(moment, () => service.web.signal('SIGKILL'))
  const answer = await call().catch(() => undefined)
  const wasKilled = endWait()
  const where = `${route.name}, statement ${moment.statement}: ${answer?.status}`
  assert.equal(answer === undefined, wasKilled, where)
  if (wasKilled) {
    assert.deepEqual(await service.web.ended, { code: null, signal: 'SIGKILL' })
    await service.replaceWeb()
  }
  await assertWhole(effects, answer !== undefined, where)
  return wasKilled
}

describe('a web process that is killed', () => {
  for (const [index, route] of WRITING_ROUTES.entries()) {
    it(`in the middle of ${route.name} leaves all of it or nothing`, async (t) => {
      let kills = 0
      let statement = isLong ? 1 : 1 + (index % FIRST_OF)
      while (await killAt(route, { statement, before: 'answer' })) {
        kills += 1
        if (!isLong) break
        statement += 1
      }
      t.diagnostic(`killed ${kills} times, the last time at statement ${statement}`)
    })
  }

  it('leaves nothing broken behind, and the next one serves at once', async () => {
    await assertSound(database.url, SESSION_CAP)
    assert.equal((await fetch(`${service.url}/health/ready`)).status, 200)
    assertSaid(service.web, /"msg":"Server listening at/)
  })
})

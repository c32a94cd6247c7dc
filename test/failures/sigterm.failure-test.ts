import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { assertSound } from './invariants.ts'
import { startLoad } from './load.ts'
import { assertSaid, eventually, SESSION_CAP, type Service, startService } from './service.ts'

const RESTARTS = process.env.LONG === '1' ? 20 : 3
const USERS = 8
const REQUESTS_TO_SIGN_UP = 2
/** A process ends before those who told it to lose patience. */
const ENDS_WITHIN_MS = 10_000

let database: TestDatabase
let service: Service
before(async () => {
  database = await createTestDatabase()
  service = await startService({ databaseUrl: database.url })
})
after(async () => {
  await service.close()
  await database.drop()
})

function isAnswerToLoad(line: string): boolean {
  return line.includes('"msg":"request"') && line.includes('"route":"/api/v1/')
}

describe('under load, a process that is told to end', () => {
  it('answers all that it has accepted, and the next one takes over', async (t) => {
    const load = await startLoad(service, { users: USERS, expected: /^none$/ })
    // What made the users is answered too, and is in no count of the load.
    let answered = -USERS * REQUESTS_TO_SIGN_UP
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      const until = load.acknowledged() + 30
      await eventually(async () => load.acknowledged() >= until)
      const { web } = service
      const begun = performance.now()
      web.signal('SIGTERM')
      assert.deepEqual(await web.ended, { code: 0, signal: null })
      assert.ok(performance.now() - begun < ENDS_WITHIN_MS)
      assertSaid(web, /"reason":"SIGTERM","msg":"shutting down"/)
      assertSaid(web, /"msg":"stopped"/)
      answered += web.lines.filter(isAnswerToLoad).length
      await service.replaceWeb()
    }
    await load.stop()
    service.web.signal('SIGTERM')
    await service.web.ended
    answered += service.web.lines.filter(isAnswerToLoad).length
    t.diagnostic(load.describe())
    assert.deepEqual(load.unexpected, [])
    const received = [...load.outcomes].filter(([outcome]) => outcome !== 'none')
    assert.equal(
      received.reduce((sum, [, count]) => sum + count, 0),
      answered,
      'each request that the service has answered got its answer',
    )
    assert.deepEqual(await load.lost(), [])
    await assertSound(database.url, SESSION_CAP)
  })
})

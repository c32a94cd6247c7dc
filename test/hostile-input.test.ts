import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from './app.ts'
import { assertReadable } from './hostile/readable.ts'
import { hostileRequests } from './hostile/requests.ts'
import { sendAll } from './hostile/send-all.ts'
import { createWorld, type World } from './hostile/world.ts'
import { operationsOf, readOpenApi } from './openapi.ts'

/** Of the values, at each place of each operation; the attack sends all. */
const STEP = 29

let app: TestApp
let world: World

before(async () => {
  app = await startTestApp({ env: { MAX_STRATEGIES_PER_USER: '10000', MAX_BACKTESTS_PER_USER: '10000' } })
  world = await createWorld(app)
})
after(() => app.close())

describe('a hostile value in an otherwise valid request', () => {
  it('never fails a route, is refused as documented, and leaves nothing that cannot be read', async () => {
    const operations = operationsOf(readOpenApi(app.server))
    const requests = operations.flatMap((operation) => hostileRequests(operation, world, STEP))
    assert.ok(requests.length > 500, String(requests.length))
    assert.deepEqual(await sendAll(app, world, requests), [])
    await app.jobsDone()
    await assertReadable(app, world)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertReadable } from '../hostile/readable.ts'
import { hostileRequests } from '../hostile/requests.ts'
import { sendAll } from '../hostile/send-all.ts'
import { createWorld } from '../hostile/world.ts'
import { operationsOf, readOpenApi } from '../openapi.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'

const instances = useInstances({
  env: {
    MAX_STRATEGIES_PER_USER: '10000',
    MAX_BACKTESTS_PER_USER: '100000',
    MAX_VERSIONS_PER_STRATEGY: '10000',
  },
})
/** Of the values at each place; all of them in the long form. */
const STEP = isLong ? 1 : 13

describe('every hostile value at every place of every route', () => {
  it('is refused as documented or can be read afterwards, and never fails a route', async (t) => {
    const { app } = instances
    const world = await createWorld(app)
    const operations = operationsOf(readOpenApi(app.server))
    const requests = operations.flatMap((operation) => hostileRequests(operation, world, STEP))
    t.diagnostic(`${requests.length} requests`)
    assert.deepEqual(await sendAll(app, world, requests), [])
    await app.jobsDone()
    await assertReadable(app, world)
  })
})

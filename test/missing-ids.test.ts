import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from './app.ts'
import { send } from './attacks/fuzz/send.ts'
import { randomIp } from './client.ts'
import { bodyOf, createWorld, pathOf, queryOf, type World } from './hostile/world.ts'
import { type LocatedOperation, operationsOf, readOpenApi } from './openapi.ts'

const RESOURCES: [RegExp, string][] = [
  [/\/strategies\//, 'strategy_not_found'],
  [/\/datasets\//, 'dataset_not_found'],
  [/\/imports\//, 'import_not_found'],
  [/\/backtests\//, 'backtest_not_found'],
  [/\/sessions\//, 'session_not_found'],
]
const MALFORMED = ['nonsense', '0', '-1', 'null', '%00', '%20', '__proto__', 'x'.repeat(3_000), '%E2%80%AE']

let app: TestApp
let own: World
let foreign: World
let foreignIds: [RegExp, string][]

before(async () => {
  app = await startTestApp()
  ;[own, foreign] = await Promise.all([createWorld(app), createWorld(app)])
  const { data } = await foreign.trader.get('/sessions')
  foreignIds = [
    [/\/strategies\//, foreign.strategy],
    [/\/datasets\//, foreign.dataset],
    [/\/imports\//, foreign.importId],
    [/\/backtests\//, foreign.backtest],
    [/\/sessions\//, data.sessions[0].id],
  ]
})
after(() => app.close())

/** Sends a request that is right but for the id in its path. @returns status and code of the answer */
async function answerFor(operation: LocatedOperation, id: string): Promise<string> {
  const pairs = Object.entries(queryOf(operation, own)).map(([name, value]) => `${name}=${value}`)
  const path = pathOf(operation, own, { id, session_id: id })
  const { status, error } = await send(app.url, {
    method: operation.method,
    path: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
    headers: {
      authorization: `Bearer ${own.trader.person.accessToken}`,
      'x-forwarded-for': randomIp(),
      ...(operation.requestBody === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: operation.requestBody === undefined ? undefined : JSON.stringify(bodyOf(operation, own)),
  })
  return `${status} ${error?.code}`
}

describe('an id in a path that is malformed, unknown, or of something of another user', () => {
  it('is a 404 with the code of the resource, on every route', async () => {
    const operations = operationsOf(readOpenApi(app.server)).filter(({ path }) => /\{(\w+_)?id\}/.test(path))
    assert.ok(operations.length > 20)
    for (const operation of operations) {
      const code = RESOURCES.find(([prefix]) => prefix.test(operation.path))?.[1]
      const theirs = foreignIds.find(([prefix]) => prefix.test(operation.path))?.[1] ?? ''
      const ids = [...MALFORMED, randomUUID(), randomUUID().toUpperCase(), theirs]
      for (const id of ids) {
        const where = `${operation.operationId} ${id.slice(0, 40)}`
        assert.equal(await answerFor(operation, id), `404 ${code}`, where)
      }
    }
    const { data } = await foreign.trader.get(`/backtests/${foreign.backtest}`)
    assert.equal(data.state, 'succeeded')
  })

  it('is a 404 before the rest of the request is looked at, where it is malformed', async () => {
    const post = (path: string) => own.trader.post(path, { document: 1, instruments: 'none' })
    for (const path of ['/strategies/x/versions', '/strategies/x/backtests']) {
      assert.equal((await post(path)).error.code, 'strategy_not_found')
    }
    assert.equal((await own.trader.get('/market/datasets/x/candles?limit=0')).error.code, 'dataset_not_found')
  })
})

describe('the number of a version in a path', () => {
  it('is a 404 where the strategy has none of it, and a 422 where it is no number of a version', async () => {
    const answer = async (number: string) => {
      const { status, error } = await own.trader.get(`/strategies/${own.strategy}/versions/${number}`)
      return [status, error.code]
    }
    assert.deepEqual(await answer('99'), [404, 'version_not_found'])
    for (const number of ['0', '-1', '1.5', 'x', '1e300', '99999999999']) {
      assert.deepEqual(await answer(number), [422, 'validation_failed'], number)
    }
  })
})

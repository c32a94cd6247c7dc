import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../app.ts'
import { CROSS, swingingLines, type Trader, trader } from '../backtests.ts'
import type { Answer, Body } from '../client.ts'
import { BTC_MINUTES, csv, upload } from '../market.ts'
import { type StatementCounter, startStatementCounter } from '../statement-counter.ts'
import { useInstances } from './instances.ts'

const instances = useInstances()
let counter: StatementCounter
let counted: TestApp
type Step = { name: string; status: number; statements: number; answer: unknown }

/** What an answer says beside ids and times, which are each account's own. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !/(^|_)id$|_at$|_time$|^message$/.test(key))
        .map(([key, inner]) => [key, shape(inner)]),
    )
  }
  return value
}

/** Does with an account what others may have done before: everything that could tell it. */
async function perform(somebody: Trader): Promise<{ steps: Step[]; ids: string[]; work: number }> {
  const { person } = somebody
  const steps: Step[] = []
  const step = async (name: string, ask: () => Promise<Answer>): Promise<Answer> => {
    let answer: Answer | undefined
    const statements = await counter.during(async () => {
      answer = await ask()
    })
    const { status, data } = answer as unknown as Answer
    steps.push({ name, status, statements, answer: shape(data) })
    return answer as unknown as Answer
  }
  const here = (path: string) => `${counted.url}/api/v1${path}`
  const headers = { authorization: `Bearer ${person.accessToken}`, 'content-type': 'application/json' }
  const ask = async (path: string, body?: unknown): Promise<Answer> => {
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(here(path), init)
    const answer: Body = await response.json()
    return { status: response.status, data: answer.data, error: answer.api_error } as Answer
  }

  const file = csv(swingingLines(3_000))
  const imported = await step('upload', () => upload(counted, person, file, BTC_MINUTES))
  const dataset = imported.data.dataset_id
  await step('dataset', () => ask(`/market/datasets/${dataset}`))
  await step('candles', () => ask(`/market/datasets/${dataset}/candles?limit=2`))
  const { data: strategy } = await step('strategy', () => ask('/strategies', { document: CROSS }))
  const request = { instruments: [{ dataset_id: dataset }], from: '1613693000000' }
  const path = `/strategies/${strategy.id}/backtests`
  const asked = await step('start', () => ask(path, request))
  await instances.app.jobsDone()
  await step('result', () => ask(`/backtests/${asked.data.id}`))
  await step('trades', () => ask(`/backtests/${asked.data.id}/trades?limit=1`))
  await step('verify', () => ask(`/backtests/${asked.data.id}/verify`, {}))
  await step('start again', () => ask(path, request))
  await step('usage', () => ask('/usage'))
  const { rows } = await sql<{ work: number }>`
    SELECT work FROM backtest_work WHERE user_id = ${person.id}`.execute(instances.app.platform.db)
  return {
    steps,
    ids: [asked.data.id, asked.data.run_id, dataset, strategy.id, imported.data.id],
    work: rows[0]?.work ?? 0,
  }
}

describe('34. somebody learns that another account ran the same or has the same data', () => {
  before(async () => {
    counter = await startStatementCounter(instances.app.database.url)
    const env = { DATABASE_URL: counter.url }
    counted = await startTestApp({ sharing: instances.app, withoutJobs: true, env })
  })
  after(async () => {
    await counted.close()
    await counter.close()
  })

  it('by no status, answer, id, cost or number of statements', async () => {
    // What a process does once in its life is done.
    await perform(await trader(instances.app))
    const first = await perform(await trader(instances.app))
    const second = await perform(await trader(instances.app))
    assert.deepEqual(second.steps, first.steps)
    assert.deepEqual(
      first.steps.map(({ name, status }) => [name, status]),
      [
        ...[
          ['upload', 201],
          ['dataset', 200],
          ['candles', 200],
          ['strategy', 201],
          ['start', 202],
        ],
        ...[
          ['result', 200],
          ['trades', 200],
          ['verify', 200],
          ['start again', 200],
          ['usage', 200],
        ],
      ],
    )
    assert.ok(first.work > 0)
    assert.equal(second.work, first.work)
    assert.equal(new Set([...first.ids, ...second.ids]).size, 2 * first.ids.length)
  })

  it('by no row that both name: chunks and results belong to one account', async () => {
    await perform(await trader(instances.app))
    const { rows } = await sql<{ what: string; rows: number; contents: number; owners: number }>`
      SELECT 'chunks' AS what, count(*)::int AS rows, count(DISTINCT hash)::int AS contents,
        count(DISTINCT owner_id)::int AS owners FROM chunks
      UNION ALL SELECT 'results', count(*)::int, count(DISTINCT summary::text)::int, count(DISTINCT user_id)::int
        FROM backtest_results`.execute(instances.app.platform.db)
    for (const { what, rows: all, contents, owners } of rows) {
      assert.ok(owners > 1, what)
      assert.equal(all, contents * owners, what)
    }
  })
})

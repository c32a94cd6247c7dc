import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { giveCandles, giveStrategy, swingingLines, type Trader, trader } from '../../test/backtests.ts'
import { createClient } from '../../test/client.ts'
import { upload } from '../../test/market.ts'

/** It runs no backtest, so that each stays queued. */
let app: TestApp
/** They sign up first: nobody gets a mail while the job of a backtest waits. */
let traders: Trader[]
before(async () => {
  app = await startTestApp({ env: { BACKTEST_THREADS: '0' } })
  traders = []
  for (let count = 0; count < 7; count += 1) traders.push(await trader(app))
})
after(() => app.close())

const somebody = () => traders.pop() as Trader

type Event = { id: number; event: string; state: string }

/** @returns what a client receives until its stream ends */
async function follow(
  { person }: Trader,
  path: string,
  lastEventId?: number | string,
): Promise<{ events: Promise<Event[]> }> {
  const response = await fetch(`${app.url}/api/v1${path}/events`, {
    headers: {
      authorization: `Bearer ${person.accessToken}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    },
  })
  assert.equal(response.status, 200)
  const read = async () => {
    const [, ...blocks] = (await response.text()).split('\n\n').filter((block) => !block.startsWith(':'))
    return blocks.filter(Boolean).map((block) => {
      const [, id, event = '', data = '{}'] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? []
      return { id: Number(id), event, state: JSON.parse(data).state }
    })
  }
  return { events: read() }
}

async function queued(): Promise<{ own: Trader; id: string; path: string }> {
  const own = somebody()
  const strategy = await giveStrategy(own)
  const dataset = await giveCandles(app, own, swingingLines(600))
  const wanted = { instruments: [{ dataset_id: dataset }] }
  const answer = await own.post(`/strategies/${strategy}/backtests`, wanted)
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  return { own, id: answer.data.id, path: `/backtests/${answer.data.id}` }
}

describe('a stream of a backtest’s events ends', () => {
  it('with the event that ends the backtest, also where it ended before', async () => {
    const { own, path } = await queued()
    const before = await follow(own, path)
    assert.equal((await own.post(`${path}/cancel`)).status, 200)
    const events = await before.events
    assert.deepEqual([events.at(-1)?.event, events.at(-1)?.state], ['cancelled', 'cancelled'])
    assert.deepEqual(await (await follow(own, path)).events, events)
    assert.deepEqual(await (await follow(own, path, 'nonsense')).events, events)
    assert.deepEqual(await (await follow(own, path, events.length - 1)).events, events.slice(-1))
  })

  it('at once where the client has seen the last one, or names one beyond it', async () => {
    const { own, path } = await queued()
    await own.post(`${path}/cancel`)
    const events = await (await follow(own, path)).events
    for (const seen of [events.at(-1)?.id ?? 0, 1_000, 999_999_999]) {
      assert.deepEqual(await (await follow(own, path, seen)).events, [])
    }
  })

  it('when the backtest is deleted meanwhile, or its account', async () => {
    for (const end of ['backtest', 'account'] as const) {
      const { own, path } = await queued()
      const stream = await follow(own, path, 1_000)
      assert.equal((await own.delete(end === 'backtest' ? path : '/users/me')).status, 200)
      const events = await stream.events.catch(() => [])
      assert.deepEqual(events, [])
    }
  })

  it('with the state as it is where the last event was lost or pruned', async () => {
    const { own, id, path } = await queued()
    await own.post(`${path}/cancel`)
    const [last] = (await (await follow(own, path)).events).slice(-1)
    await sql`DELETE FROM backtest_events WHERE backtest_id = ${id}`.execute(app.platform.db)
    assert.deepEqual(await (await follow(own, path)).events, [last])
  })
})

describe('a stream of an import’s events ends', () => {
  const imported = async () => {
    const own = somebody()
    const { data } = await upload(
      app,
      own.person,
      'timestamp,open,high,low,close,volume\n1613692800,1,2,1,2,1\n',
    )
    return { own, id: data.id, path: `/market/imports/${data.id}` }
  }

  it('where it ended before, in every state of its log', async () => {
    const { own, id, path } = await imported()
    const events = await (await follow(own, path)).events
    assert.deepEqual([events.length, events.at(-1)?.event], [1, 'succeeded'])
    assert.deepEqual(await (await follow(own, path, 1)).events, [])
    assert.deepEqual(await (await follow(own, path, 77)).events, [])
    await sql`DELETE FROM import_events WHERE import_id = ${id}`.execute(app.platform.db)
    assert.deepEqual(await (await follow(own, path)).events, events)
  })

  it('when it is deleted meanwhile', async () => {
    const { db } = app.platform
    const { own, id, path } = await imported()
    await sql`UPDATE imports SET state = 'running', finished_at = NULL WHERE id = ${id}`.execute(db)
    const stream = await follow(own, path, 1)
    await sql`DELETE FROM imports WHERE id = ${id}`.execute(db)
    assert.deepEqual(await stream.events, [])
    const { status } = await createClient(app).get(`${path}/events`, { token: own.person.accessToken })
    assert.equal(status, 404)
  })
})

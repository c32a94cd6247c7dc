import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import {
  CROSS,
  giveCandles,
  giveStrategy,
  LONG,
  swingingLines,
  type Trader,
  trader,
} from '../../test/backtests.ts'
import { until } from '../../test/until.ts'

let app: TestApp
before(async () => {
  app = await startTestApp({ env: { BACKTEST_THREADS: '1', BACKTEST_MAX_SECONDS: '120' } })
})
after(() => app.close())

async function start(who: Trader, dataset: string, document: object): Promise<string> {
  const strategy = await giveStrategy(who, document)
  const answer = await who.post(`/strategies/${strategy}/backtests`, {
    instruments: [{ dataset_id: dataset }],
  })
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  return answer.data.id
}

describe('a process with one thread', () => {
  it("runs another user's short backtest beside a long one, and lets the long one be cancelled", async () => {
    const [many, one] = [await trader(app), await trader(app)]
    const long = await start(many, await giveCandles(app, many, swingingLines(40_000)), LONG)
    const dataset = await giveCandles(app, one)
    const { compute } = app.platform.work
    await until(async () => compute.counts().running === 1)
    const short = await start(one, dataset, CROSS)
    const states: string[] = []
    await until(async () => {
      const [first, second] = [await many.get(`/backtests/${long}`), await one.get(`/backtests/${short}`)]
      states.push(`${first.data.state} ${second.data.state}`)
      return second.data.state === 'succeeded'
    })
    assert.equal(states.at(-1), 'running succeeded')
    await until(async () => compute.counts().running === 1 && compute.counts().paused === 0)
    await many.post(`/backtests/${long}/cancel`)
    await until(async () => (await many.get(`/backtests/${long}`)).data.state === 'cancelled')
    assert.deepEqual(compute.counts(), { running: 0, paused: 0, waiting: 0 })
  })

  it('answers 429 or 503 with Retry-After to what is computed again, once its queue is full', async () => {
    const who = await trader(app)
    const id = await start(who, await giveCandles(app, who), CROSS)
    await until(async () => (await who.get(`/backtests/${id}`)).data.state === 'succeeded')
    const answers = await Promise.all(Array.from({ length: 12 }, () => who.post(`/backtests/${id}/verify`)))
    const verified = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status === 429)
    assert.equal(verified.length + refused.length, 12)
    assert.ok(verified.length >= 1 && refused.length >= 1, `${verified.length} verified`)
    assert.ok(verified.every(({ data }) => data.verified))
    assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1))
  })
})

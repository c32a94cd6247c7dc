import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { giveCandles, giveStrategy, LONG, runBacktest, swingingLines, trader } from '../../test/backtests.ts'

let app: TestApp
before(async () => {
  app = await startTestApp({ env: { BACKTEST_MAX_SECONDS: '1' } })
})
after(() => app.close())

describe('a run that takes longer than it may', () => {
  it('ends as failed with the reason', async () => {
    const who = await trader(app)
    const instruments = [{ dataset_id: await giveCandles(app, who, swingingLines(40_000)) }]
    const { state, error } = await runBacktest(app, who, await giveStrategy(who, LONG), { instruments })
    assert.deepEqual([state, error.code], ['failed', 'work_too_long'])
    assert.match(error.detail, /longer than one task may run/)
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type SignedUp, signUp } from '../../test/people.ts'
import { hashRows } from './canonical-hash.ts'
import { generateCandles, type Recipe } from './generate-candles.ts'
import { installSampleData } from './install-sample-data.ts'
import { candleColumns } from './series.ts'

const RECIPE: Recipe = {
  ...{ seed: 1, timeframe: '1m', from: Date.UTC(2024, 0, 1), bars: 5_000, price: 100, priceTick: 0.01 },
  ...{ volatility: 0.001, trend: 0.0002, trendBars: 500, reversion: 0.001, jumpChance: 0.001, jump: 0.3 },
  ...{ gapChance: 0.001, gapBars: 10, volume: 10 },
}

const digest = (recipe: Recipe) => hashRows('1m', candleColumns(generateCandles(recipe))).toString('hex')

describe('made-up candles', () => {
  it('are the same for a seed on every machine, and others for another', () => {
    assert.equal(digest(RECIPE), digest(RECIPE))
    assert.notEqual(digest(RECIPE), digest({ ...RECIPE, seed: 2 }))
    assert.equal(digest(RECIPE), 'a3b8a967998e01a17ce198dbb2fd30b5200553c011f98b3d5393ec6cf1ff7a3c')
  })

  it('are candles: prices on the tick, high and low around the others, times in order, with gaps and volume', () => {
    for (const priceTick of [0.01, 5]) {
      const { timestamp, open, high, low, close, volume } = generateCandles({ ...RECIPE, priceTick })
      assert.ok(timestamp.length > 4_900 && timestamp.length < 5_000)
      for (let bar = 0; bar < timestamp.length; bar++) {
        const [o = 0, h = 0, l = 0, c = 0] = [open[bar], high[bar], low[bar], close[bar]]
        assert.ok(l > 0 && l <= Math.min(o, c) && h >= Math.max(o, c) && (volume[bar] ?? 0) > 0)
        assert.equal(Math.round(c / priceTick) * priceTick - c < 1e-9, true)
        assert.ok(bar === 0 || (timestamp[bar] ?? 0) > (timestamp[bar - 1] ?? 0))
      }
    }
  })
})

describe('the sample of a new installation', () => {
  let app: TestApp
  let person: SignedUp
  before(async () => {
    app = await startTestApp()
    person = await signUp(app)
  })
  after(() => app.close())
  const get = (path: string) => person.client.get(`/market/${path}`, { token: person.accessToken })

  it('is installed once, shared, and labelled synthetic in whatever form it is read', async () => {
    const { db, clock } = app.platform
    assert.equal(await installSampleData(db, clock.now()), true)
    assert.equal(await installSampleData(db, clock.now()), false)
    const { data } = await get('datasets?owner=shared&sort=timeframe')
    assert.deepEqual(
      data.datasets.map(({ timeframe, is_synthetic, is_shared }: Record<string, unknown>) => [
        timeframe,
        is_synthetic,
        is_shared,
      ]),
      [
        ['1h', true, true],
        ['5m', true, true],
      ],
    )
    const [{ id }] = data.datasets
    const rows = await get(`datasets/${id}/candles?limit=1`)
    assert.equal(rows.data.is_synthetic, true)
    assert.equal(rows.data.exchange, 'synthetic')
  })

  it('cannot be deleted by a user, and an upload of the same name is another dataset', async () => {
    const { data } = await get('datasets?owner=shared')
    const [{ id }] = data.datasets
    const refused = await person.client.delete(`/market/datasets/${id}`, { token: person.accessToken })
    assert.deepEqual([refused.status, refused.error.code], [403, 'shared_dataset'])
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { type SignedUp, signUp } from '../../test/people.ts'

let app: TestApp
let ada: SignedUp
before(async () => {
  app = await startTestApp()
  ada = await signUp(app)
})
after(() => app.close())

const get = (path: string) => ada.client.get(path, { token: ada.accessToken })

describe('the list of indicators', () => {
  it('shows all of them, a page at a time, by category', async () => {
    const first = await get('/indicators?limit=100')
    const second = await get('/indicators?limit=100&page=2')
    assert.equal(first.status, 200)
    const { total } = first.data
    const all = [...first.data.indicators, ...second.data.indicators]
    assert.ok(total >= 60)
    assert.equal(all.length, total)
    assert.equal(all[0].name, 'sma')
    assert.deepEqual([second.data.page, second.data.limit], [2, 100])
    for (const indicator of all) assert.ok(indicator.measured_error <= 1e-9, indicator.name)
  })

  it('can be of one category, searched by name or title, and sorted either way', async () => {
    const volume = await get('/indicators?category=volume&limit=100&sort=name')
    const names = volume.data.indicators.map(({ name }: { name: string }) => name)
    assert.deepEqual(names, names.toSorted())
    assert.ok(names.includes('obv') && !names.includes('ema'))
    const backward = await get('/indicators?category=volume&limit=1&sort=-name')
    assert.equal(backward.data.indicators[0].name, names.at(-1))
    const last = await get('/indicators?sort=-category&limit=1')
    assert.equal(last.data.indicators[0].category, 'statistic')
    const found = await get('/indicators?search=%20Bollinger')
    const titles = found.data.indicators.map(({ title }: { title: string }) => title)
    assert.deepEqual(titles, ['Bollinger bands', 'Bollinger %B', 'Bollinger bandwidth'])
    assert.equal((await get('/indicators?search=nothing+like+it')).data.total, 0)
  })

  it('refuses a category and an order that there are not, and whoever is not signed in', async () => {
    assert.equal((await get('/indicators?category=magic')).error.code, 'validation_failed')
    assert.equal((await get('/indicators?sort=price')).error.code, 'validation_failed')
    assert.equal((await createClient(app).get('/indicators')).error.code, 'unauthorized')
    assert.equal((await createClient(app).get('/indicators/ema')).error.code, 'unauthorized')
  })
})

describe('one indicator', () => {
  it('is shown with all that a rule has to know of it', async () => {
    const { status, data } = await get('/indicators/macd')
    assert.equal(status, 200)
    assert.equal(data.signature, 'macd(source, fast=12, slow=26, signal=9)')
    assert.deepEqual(data.inputs, ['source'])
    assert.deepEqual(data.outputs, ['macd', 'signal', 'histogram'])
    assert.deepEqual(data.parameters[1], { name: 'slow', kind: 'integer', min: 1, max: 20_000, default: 26 })
    assert.deepEqual(data.warm_up, { formula: 'slow + signal − 2', bars: 33, settled: 381 })
    assert.equal(data.reference, 'TA-Lib MACD')
    assert.match(data.definition, /ema\(fast\) − ema\(slow\)/)
  })

  it('says of a parameter without a default that it must be given, and of what never settles that it does not', async () => {
    const { data } = await get('/indicators/correl')
    assert.equal(data.signature, 'correl(source1, source2, length=30)')
    assert.equal((await get('/indicators/ema')).data.parameters[0].default, null)
    assert.equal((await get('/indicators/obv')).data.warm_up.settled, null)
  })

  it('is not found under a name that it does not have, but one that was nearly right is told', async () => {
    const nearly = await get('/indicators/bolinger')
    assert.equal(nearly.status, 404)
    assert.equal(nearly.error.code, 'indicator_not_found')
    assert.equal(nearly.error.errors.detail, 'There is no such indicator. Did you mean "bollinger"?')
    const far = await get('/indicators/constructor')
    assert.equal(far.error.errors.detail, 'There is no such indicator.')
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from './app.ts'
import { giveCandles, swingingLines, type Trader, trader } from './backtests.ts'
import type { Answer } from './client.ts'

let app: TestApp
let ada: Trader
before(async () => {
  app = await startTestApp()
  ada = await trader(app)
})
after(() => app.close())

const NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'],
  ...['isPrototypeOf', '__defineGetter__', '__lookupSetter__'],
]
/** Names that the language allows, so that they mean what the document says. */
const ORDINARY = ['constructor', 'prototype']

/** Bodies are sent as text: an object literal would lose `__proto__`. */
function send(path: string, rawBody: string): Promise<Answer> {
  const { client, accessToken: token } = ada.person
  return client.request('POST', path, { rawBody, token, headers: { 'content-type': 'application/json' } })
}

const PARTS = {
  name: '"A strategy"',
  timeframe: '"1m"',
  parameters: '{}',
  series: '{}',
  long: '{"entry":"close > open","exit":"close < open"}',
  sizing: '{"type":"percent_of_equity","value":100}',
  risk: '{}',
}

function document(changes: Partial<typeof PARTS> = {}, more = ''): string {
  const fields = Object.entries({ ...PARTS, ...changes }).map(([key, value]) => `"${key}":${value}`)
  return `{${[...fields, more].filter((field) => field !== '').join(',')}}`
}

const RANGE = '{"default":5,"min":1,"max":9,"step":1}'

/** Documents with a name at every place where there can be one. */
function documentsWith(name: string): string[] {
  const rule = (entry: string) => document({ long: `{"entry":"${entry}","exit":"close < open"}` })
  return [
    document({}, `"${name}":1`),
    document({ parameters: `{"${name}":${RANGE}}` }),
    document({ parameters: `{"a":{"default":5,"min":1,"max":9,"step":1,"${name}":1}}` }),
    document({ parameters: `{"a":{"${name}":{"default":5}}}` }),
    document({ series: `{"${name}":"close + 1"}` }),
    document({ series: `{"${name}":{"prototype":1}}` }),
    document({ long: `{"entry":"close > open","${name}":"close"}` }),
    document({ long: `{"entry":"close > open","order":{"type":"${name}","price":"close"}}` }),
    document({ long: `{"entry":"close > open","order":{"type":"limit","price":"close","${name}":1}}` }),
    document({ timeframe: `"${name}"` }),
    document({ sizing: `{"type":"${name}","value":1}` }),
    document({ sizing: `{"type":"fixed_quote","value":1,"${name}":1}` }),
    document({ sizing: `{"type":"fixed_quote","value":"${name}"}` }),
    document({ risk: `{"${name}":1}` }),
    document({ risk: `{"stop_loss":{"type":"${name}","value":1}}` }),
    document({ risk: `{"take_profit":[{"type":"percent","value":1,"${name}":1}]}` }),
    ...[`${name} > 1`, `${name}(close) > 1`, `macd(close).${name} > 1`, `close@${name} > 1`].map(rule),
  ]
}

describe('a name of an inherited property', () => {
  for (const name of NAMES) {
    it(`is ordinary or refused in a strategy document: ${name}`, async () => {
      for (const text of documentsWith(name)) {
        const answer = await send('/strategies/validate', `{"document":${text}}`)
        if (answer.status === 400) {
          assert.equal(answer.error.code, 'malformed_json', text)
          assert.match(answer.error.errors.detail, /"__proto__".+Choose another name/, text)
          continue
        }
        assert.equal(answer.status, 200, text)
        const { is_valid: isValid, diagnostics, canonical } = answer.data
        // The names of parameters and series are the only place where a user chooses.
        const isChosen = text.includes(`{"${name}":${RANGE}}`) || text.includes(`{"${name}":"close + 1"}`)
        assert.equal(isValid, isChosen && ORDINARY.includes(name), `${text}: ${JSON.stringify(diagnostics)}`)
        if (isValid) {
          const names = [...Object.keys(canonical.parameters), ...Object.keys(canonical.series)]
          assert.deepEqual(names, [name])
        } else assert.ok(diagnostics.length > 0, text)
        const saved = await send('/strategies', `{"document":${text}}`)
        assert.equal(saved.status, isValid ? 201 : 422, text)
      }
    })

    it(`is ordinary or refused as a parameter of a check: ${name}`, async () => {
      const answer = await send(
        '/strategies/validate',
        `{"document":${document()},"parameters":{"${name}":1}}`,
      )
      if (name === '__proto__') return assert.equal(answer.status, 400)
      assert.equal(answer.status, 200)
      assert.equal(answer.data.diagnostics[0].code, 'unknown_parameter')
    })
  }

  it('is compared with other versions as what it is', async () => {
    const series = (text: string) =>
      document({ series: text, long: '{"entry":"close > open","exit":"close < open"}' })
    const first = await send('/strategies', `{"document":${series('{}')}}`)
    const versions = `/strategies/${first.data.id}/versions`
    assert.equal((await send(versions, `{"document":${series('{"constructor":"close + 1"}')}}`)).status, 201)
    const added = { path: 'series.constructor', kind: 'added', before: null, after: 'close + 1' }
    assert.deepEqual((await ada.get(`${versions}/2/diff?against=1`)).data.changes, [added])
    const removed = { path: 'series.constructor', kind: 'removed', before: 'close + 1', after: null }
    assert.deepEqual((await ada.get(`${versions}/1/diff?against=2`)).data.changes, [removed])
    const { data } = await ada.get(`${versions}/2`)
    assert.deepEqual(data.canonical.series, { constructor: 'close + 1' })
  })

  it('is a parameter of a backtest where the strategy has it, and refused where not', async () => {
    const dataset = await giveCandles(app, ada, swingingLines(300))
    const text = document({
      parameters: `{"constructor":${RANGE}}`,
      long: '{"entry":"close > sma(close, constructor)","exit":"close < open"}',
    })
    const strategy = await send('/strategies', `{"document":${text}}`)
    assert.equal(strategy.status, 201)
    const start = (parameters: string) =>
      send(
        `/strategies/${strategy.data.id}/backtests`,
        `{"instruments":[{"dataset_id":"${dataset}"}],"initial_capital":1000,"parameters":${parameters}}`,
      )
    const given = await start('{"constructor":7}')
    assert.ok(given.status === 201 || given.status === 202, JSON.stringify(given.body))
    assert.deepEqual((await ada.get(`/backtests/${given.data.id}`)).data.settings.parameters, {
      constructor: 7,
    })
    for (const name of ['toString', 'hasOwnProperty', '__defineGetter__', 'valueOf']) {
      const refused = await start(`{"${name}":1}`)
      assert.equal(refused.status, 422, name)
      assert.equal(refused.error.code, 'invalid_strategy', name)
      assert.match(refused.error.errors.detail, /has no parameter/)
    }
    const hidden = await start('{"__proto__":1}')
    assert.deepEqual([hidden.status, hidden.error.code], [400, 'malformed_json'])
    assert.equal((await start('{"constructor":')).error.errors.detail, 'The body is not valid JSON.')
  })
})

import assert from 'node:assert/strict'
import type { TestApp } from '../app.ts'
import { type Body, createClient } from '../client.ts'
import { logIn } from '../people.ts'
import type { World } from './world.ts'

const TYPES = ['application/json', 'text/csv', 'application/vnd.apache.arrow.stream']
const PAGE = 100

/** Every list, detail and export of a user can be read, and every run has ended for a reason that has a code. */
export async function assertReadable(app: TestApp, { trader }: World): Promise<void> {
  let token = ''
  let uses = Number.POSITIVE_INFINITY
  const get = async (path: string, accept = 'application/json'): Promise<Body> => {
    if (uses++ > 400) {
      token = (await logIn(app, trader.person)).data.access_token
      uses = 0
    }
    const { status, data, body } = await createClient(app).get(path, { token, headers: { accept } })
    assert.equal(status, 200, `${path}: ${JSON.stringify(body).slice(0, 300)}`)
    return data
  }
  const all = async (path: string, name: string): Promise<Body[]> => {
    const found: Body[] = []
    for (let page = 1; ; page++) {
      const data = await get(`${path}?limit=${PAGE}&page=${page}`)
      found.push(...data[name])
      if (found.length >= data.total) return found
    }
  }
  for (const { id } of await all('/strategies', 'strategies')) await get(`/strategies/${id}`)
  for (const { id } of await all('/market/imports', 'imports')) await get(`/market/imports/${id}`)
  await all('/market/instruments', 'instruments')
  for (const { id, is_shared: isShared } of await all('/market/datasets', 'datasets')) {
    await get(`/market/datasets/${id}`)
    if (isShared) continue
    for (const accept of TYPES) await get(`/market/datasets/${id}/candles`, accept)
  }
  for (const { id, state, error } of await all('/backtests', 'backtests')) {
    assert.ok(['succeeded', 'failed', 'cancelled'].includes(state), state)
    assert.notEqual(error?.code, 'internal_error', id)
    const { settings, metrics } = await get(`/backtests/${id}`)
    if (state !== 'succeeded') continue
    assert.ok(!JSON.stringify(settings).includes('null,null'), JSON.stringify(settings))
    for (const [name, value] of Object.entries(metrics)) {
      assert.ok(value === null || Number.isFinite(value), `${name}: ${value}`)
    }
    for (const table of ['trades', 'orders', 'equity']) {
      for (const accept of TYPES) await get(`/backtests/${id}/${table}`, accept)
    }
  }
}

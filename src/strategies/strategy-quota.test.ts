import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { giveStrategy, trader } from '../../test/backtests.ts'
import type { Answer } from '../../test/client.ts'
import { strategy } from '../../test/strategies/documents.ts'

const MEGABYTE = 1024 * 1024
/** Of four bytes each. */
const LONGEST_NOTE = '𝄞'.repeat(1_000)

let app: TestApp
before(async () => {
  app = await startTestApp({ env: { STRATEGIES_MB_PER_USER: '1' } })
})
after(() => app.close())

describe('the quota of strategies', () => {
  it('counts versions with their notes, refuses what exceeds it, and is freed by a permanent deletion', async () => {
    const ada = await trader(app)
    const [id, other] = [await giveStrategy(ada), await giveStrategy(ada)]
    const body = { document: strategy(), note: LONGEST_NOTE }
    let answer = await ada.post(`/strategies/${id}/versions`, body)
    let versions = 1
    for (; answer.status === 201 && versions < 400; versions++) {
      answer = await ada.post(`/strategies/${id}/versions`, body)
    }
    assert.deepEqual([answer.status, answer.error?.code], [422, 'strategies_full'])
    assert.match(answer.error.errors.detail, /of 1\.0 MB\. Delete a strategy permanently/)
    const { stored_bytes: stored, quota_bytes: quota } = (await ada.get('/usage')).data.strategies
    assert.ok(stored > 0.95 * MEGABYTE && stored <= quota, `${stored}`)
    assert.ok(versions > 150 && versions < 260, `${versions}`)
    // The refused version has not used a number.
    const { data } = await ada.get(`/strategies/${id}`)
    assert.equal(data.latest_version, versions)
    const created = await ada.post('/strategies', { document: strategy(), note: LONGEST_NOTE })
    assert.equal(created.error?.code, 'strategies_full')
    assert.equal((await ada.patch(`/strategies/${id}`, { name: 'Renamed' })).status, 200)
    assert.equal((await ada.delete(`/strategies/${id}`)).data.message, 'The strategy was archived.')
    assert.equal((await ada.post('/strategies', { document: strategy(), note: LONGEST_NOTE })).status, 422)
    assert.equal((await ada.delete(`/strategies/${id}?permanently=true`)).status, 200)
    assert.equal((await ada.post(`/strategies/${other}/versions`, body)).status, 201)
  })

  it('holds for versions that are added at once', async () => {
    const ada = await trader(app)
    const ids = await Promise.all(Array.from({ length: 4 }, () => giveStrategy(ada)))
    const body = { document: strategy(), note: LONGEST_NOTE }
    const answers: Answer[] = []
    // As many as one user may have waiting.
    for (let round = 0; round < 16; round++) {
      const some = Array.from({ length: 16 }, (_, at) =>
        ada.post(`/strategies/${ids[at % 4]}/versions`, body),
      )
      answers.push(...(await Promise.all(some)))
    }
    const codes = new Set(answers.map(({ status, error }) => error?.code ?? status))
    assert.deepEqual(codes, new Set([201, 'strategies_full']))
    const { stored_bytes: stored, quota_bytes: quota } = (await ada.get('/usage')).data.strategies
    assert.ok(stored <= quota, `${stored}`)
  })

  it('does not touch the strategies of others', async () => {
    const [ada, ben] = [await trader(app), await trader(app)]
    const id = await giveStrategy(ada)
    assert.equal((await ben.delete(`/strategies/${id}?permanently=true`)).status, 404)
    assert.equal((await ada.get(`/strategies/${id}`)).status, 200)
  })
})

import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { signUp } from '../people.ts'
import { assertSound } from './invariants.ts'
import { type Load, startLoad } from './load.ts'
import { eventually, SESSION_CAP, type Service, startService } from './service.ts'

const HOUR_MS = 3_600_000

let folder: string
let database: TestDatabase
let service: Service
let load: Load
let clockFile: string
/** Sets the service's clock wrong by so many hours. The database's stays right. */
const setWrong = (hours: number) => writeFileSync(clockFile, String(hours * HOUR_MS))
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crypalgos-clock-'))
  clockFile = join(folder, 'offset')
  setWrong(0)
  database = await createTestDatabase()
  const preload = new URL('moved-clock.ts', import.meta.url).href
  service = await startService({ databaseUrl: database.url, preload, env: { CLOCK_FILE: clockFile } })
  // An access token that ages an hour at once is refused as any old one, and its user refreshes.
  load = await startLoad(service, { expected: /^401$/ })
})
after(async () => {
  await service.close()
  await database.drop()
  await rm(folder, { recursive: true })
})

async function serves(): Promise<void> {
  const until = load.acknowledged() + 30
  await eventually(async () => load.acknowledged() >= until)
}

describe('under load, a clock that jumps an hour', () => {
  it('on, back, further back and right again costs access tokens and codes, and nothing else', async (t) => {
    await serves()
    for (const hours of [1, 0, -1, 0, 1, -1, 0]) {
      setWrong(hours)
      await serves()
      await signUp(service)
    }
    await load.stop()
    t.diagnostic(load.describe())
    assert.deepEqual(load.unexpected, [])
    assert.deepEqual(await load.lost(0), [])
    await assertSound(database.url, SESSION_CAP, { clockMoved: true })
    service.web.signal('SIGTERM')
    assert.deepEqual(await service.web.ended, { code: 0, signal: null })
  })
})

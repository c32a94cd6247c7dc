import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { assertSound } from './invariants.ts'
import { type Load, startLoad } from './load.ts'
import { eventually, SESSION_CAP, startService } from './service.ts'

/** How large the log may grow, in the shell's blocks of 512 bytes. */
const BLOCKS = 32

let folder: string
let database: TestDatabase
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crypalgos-log-'))
  database = await createTestDatabase()
})
after(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

async function writes(load: Load, count: number): Promise<void> {
  const until = load.acknowledged() + count
  await eventually(async () => load.acknowledged() >= until)
}

/** Runs the service under load with its log going there, meanwhile something happens, and all must have been served. */
async function serveWithLog(
  to: string,
  meanwhile: (load: Load) => Promise<void>,
  { before = ':' }: { before?: string } = {},
): Promise<void> {
  // What the compiler keeps would meet the limit of a file's size too.
  const env = { NODE_DISABLE_COMPILE_CACHE: '1' }
  const service = await startService({ databaseUrl: database.url, output: { to, before }, env })
  try {
    const load = await startLoad(service)
    await writes(load, 20)
    await meanwhile(load)
    await load.stop()
    assert.deepEqual(load.unexpected, [])
    assert.deepEqual([...load.outcomes.keys()].sort(), ['200', '201'])
    assert.deepEqual(await load.lost(), [])
    await assertSound(database.url, SESSION_CAP)
    service.web.signal('SIGTERM')
    assert.deepEqual(await service.web.ended, { code: 0, signal: null })
  } finally {
    await service.close()
  }
}

describe('under load, when the log', () => {
  it('has a full disk from the start, all is served', async () => {
    await serveWithLog('>/dev/full', async () => {})
  })

  it('has no more place, all is served, and it goes on once there is place, with how many lines it lost', async () => {
    const path = join(folder, 'service.log')
    const limited = { before: `ulimit -f ${BLOCKS}` }
    const text = () => readFileSync(path, 'utf8')
    const outage = /"code":"EFBIG".*"lines_lost":[1-9].*"msg":"the log could not be written for a while"/
    const fillAndClear = async (load: Load) => {
      await eventually(async () => statSync(path).size >= BLOCKS * 512)
      await writes(load, 20)
      truncateSync(path)
      await eventually(async () => outage.test(text()))
      await writes(load, 5)
    }
    await serveWithLog(`>>${path}`, fillAndClear, limited)
  })

  it('has lost its reader, all is served, and it goes on with the next reader', async () => {
    const path = join(folder, 'pipe')
    assert.equal(spawnSync('mkfifo', [path]).status, 0)
    const lines: string[] = []
    const read = () =>
      createReadStream(path, { encoding: 'utf8' }).on('data', (chunk) => lines.push(String(chunk)))
    let reader = read()
    await serveWithLog(`>${path}`, async (load) => {
      assert.match(lines.join(''), /"msg":"request"/)
      reader.destroy()
      await writes(load, 20)
      reader = read()
      await eventually(async () => /"code":"EPIPE".*"msg":"the log could not be written/.test(lines.join('')))
    })
    reader.destroy()
  })
})

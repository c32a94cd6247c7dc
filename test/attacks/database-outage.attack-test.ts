import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import pg from 'pg'
import { choosePlace } from '../../src/platform/database/embedded/place.ts'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/platform/database/embedded-postgres.ts'
import { createClient } from '../client.ts'
import { makePerson } from '../people.ts'
import { killProgram, PRODUCTION, type Program, startProgram } from '../programs.ts'
import { startSmtpServer } from '../smtp-server.ts'
import { startTcpProxy } from '../tcp-proxy.ts'
import { until } from '../until.ts'
import { atOnce } from './instances.ts'
import { isLong } from './long.ts'

const WRITERS = 4
const OUTAGES = isLong ? 20 : 1

/** A PostgreSQL that nobody else uses, so that it may be killed, behind an address that stays. */
async function startMortalPostgres(t: TestContext) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'crypalgos-outage-'))
  const first = await startEmbeddedPostgres({ dataFolder })
  let server: EmbeddedPostgres | undefined = first
  const proxy = await startTcpProxy(first.url)
  t.after(async () => {
    await proxy.close()
    await server?.stop()
    await rm(choosePlace(dataFolder).cluster, { recursive: true, force: true })
    await rm(dataFolder, { recursive: true, force: true })
  })
  return {
    url: proxy.through(first.url),
    async kill() {
      const [pid] = readFileSync(join(first.folder, 'data', 'postmaster.pid'), 'utf8').split('\n')
      process.kill(Number(pid), 'SIGKILL')
      await proxy.cut()
      await server?.stop()
      server = undefined
    },
    async revive() {
      server = await startEmbeddedPostgres({ dataFolder })
      await proxy.mend(server.url)
    },
  }
}

/** What those who write see: which writes were acknowledged, and how often each status came. */
type Seen = { ids: string[]; statuses: Map<number, number> }

async function write(url: string, seen: Seen, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { status, data } = await createClient({ url }).post('/auth/register', makePerson())
    seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1)
    if (status === 201) seen.ids.push(data.user.id)
  }
}

async function startServices(t: TestContext, url: string): Promise<Program[]> {
  const smtp = await startSmtpServer()
  t.after(() => smtp.stop())
  const env = { ...PRODUCTION, DATABASE_URL: url, SMTP_URL: smtp.url }
  assert.deepEqual(await startProgram(['src/migrate.ts'], { env }).ended, { code: 0, signal: null })
  return [0, 1].map(() => {
    const program = startProgram(['src/main.ts'], { env })
    t.after(() => killProgram(program))
    return program
  })
}

async function registrationsAt(url: string, ids: string[]): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(
    'SELECT count(*)::int AS count FROM pending_registrations WHERE id = ANY($1::uuid[])',
    [ids],
  )
  await client.end()
  return rows[0].count
}

describe('27. a database that dies takes the service or acknowledged writes with it', () => {
  it('killed and started again under load: 503 meanwhile, then as before, nothing lost', async (t) => {
    const postgres = await startMortalPostgres(t)
    const programs = await startServices(t, postgres.url)
    const urls = await Promise.all(programs.map((program) => program.url()))
    const seen: Seen = { ids: [], statuses: new Map() }
    const over = new AbortController()
    t.after(() => over.abort())
    const writing = atOnce(WRITERS, (i) => write(urls[i % 2] ?? '', seen, over.signal))
    const count = (status: number) => seen.statuses.get(status) ?? 0
    const unexpected = () => [...seen.statuses.keys()].filter((status) => status !== 201 && status !== 503)
    const reach = async (status: number, times: number) => {
      await until(() => count(status) >= times || unexpected().length > 0)
      assert.deepEqual(unexpected(), [])
    }
    for (let outage = 0; outage < OUTAGES; outage += 1) {
      const before = { written: count(201), refused: count(503) }
      await reach(201, before.written + 5)
      await postgres.kill()
      await reach(503, before.refused + 10)
      for (const url of urls) {
        assert.equal((await fetch(`${url}/health`)).status, 200)
        assert.equal((await fetch(`${url}/health/ready`)).status, 503)
      }
      await postgres.revive()
      await reach(201, count(201) + 5)
    }
    over.abort()
    await writing
    assert.deepEqual(unexpected(), [])
    assert.equal(await registrationsAt(postgres.url, seen.ids), seen.ids.length)
    for (const program of programs) {
      program.signal('SIGTERM')
      assert.deepEqual(await program.ended, { code: 0, signal: null })
    }
  })
})

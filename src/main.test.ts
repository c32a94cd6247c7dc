import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../test/database.ts'
import { isRefused, openConnections, register } from '../test/kept-connections.ts'
import { killProgram, PRODUCTION, type Program, startProgram } from '../test/programs.ts'
import { startSmtpServer, type TestSmtpServer } from '../test/smtp-server.ts'
import { countWaitingCodes } from '../test/waiting-jobs.ts'
import { choosePlace } from './platform/database/embedded/place.ts'

let database: TestDatabase
let smtp: TestSmtpServer
before(async () => {
  database = await createTestDatabase()
  smtp = await startSmtpServer()
})
after(async () => {
  await smtp.stop()
  await database.drop()
})

function startMain(t: TestContext, env: Record<string, string> = {}): Program {
  const settings = { ...PRODUCTION, DATABASE_URL: database.url, SMTP_URL: smtp.url, ...env }
  const program = startProgram(['src/main.ts'], { env: settings })
  t.after(() => killProgram(program))
  return program
}

describe('the web process', () => {
  it('answers, says that it is ready, and ends on SIGTERM with exit 0', async (t) => {
    const program = startMain(t)
    const url = await program.url()
    const health = await fetch(`${url}/health`)
    assert.equal(health.status, 200)
    const { status, message } = JSON.parse(await health.text())
    assert.deepEqual([status, message], ['healthy', 'API is running'])
    assert.equal((await fetch(`${url}/health/ready`)).status, 200)
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    assert.match(program.lines.at(-1) ?? '', /"msg":"stopped"/)
  })

  it('under load answers what it has taken, takes nothing new, and ends with exit 0 in time', async (t) => {
    const program = startMain(t)
    const url = await program.url()
    const agent = new Agent({ keepAlive: true, maxSockets: 30 })
    t.after(() => agent.destroy())
    await openConnections(url, agent, 30)
    const replies = Array.from({ length: 30 }, (_, number) => register(url, agent, number))
    await Promise.race(replies)
    const begun = Date.now()
    program.signal('SIGTERM')
    await program.line(/"msg":"shutting down"/)
    assert.ok(await isRefused(url))
    assert.ok((await Promise.all(replies)).every(({ status }) => status === 201))
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    assert.ok(Date.now() - begun < 10_000)
    const mails = new Set(smtp.mails.map(({ to }) => to[0]))
    assert.equal(
      mails.size + (await countWaitingCodes(database.pool)),
      30,
      'each is mailed, or its job waits',
    )
  })

  it('ends at once at a second signal, whatever is under way', async (t) => {
    const program = startMain(t)
    const url = await program.url()
    const { port } = new URL(url)
    const slow = connect(Number(port), '127.0.0.1')
    t.after(() => slow.destroy())
    slow.on('error', () => {})
    slow.write('POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n')
    slow.write('Content-Length: 100\r\n\r\n{')
    await fetch(`${url}/health`)
    program.signal('SIGINT')
    await program.line(/"msg":"shutting down"/)
    program.signal('SIGINT')
    assert.deepEqual(await program.ended, { code: 1, signal: null })
  })

  it('says in one line that its port is taken, and which other to try', async (t) => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    t.after(() => holder.close())
    const address = holder.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const program = startMain(t, { PORT: String(port) })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.deepEqual(program.lines, [
      `Port ${port} is already in use. Stop what uses it, or choose another: PORT=${port + 1}`,
    ])
  })

  it('names every setting that is wrong, and neither a value nor a stack', async (t) => {
    const program = startMain(t, {
      ACCESS_TOKEN_SECRET_KEY: 'short-one',
      TRUSTED_PROXIES: '',
      PORT: 'eighty',
      DEBUG: 'true',
    })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    const said = program.lines.join('\n')
    for (const name of ['ACCESS_TOKEN_SECRET_KEY', 'TRUSTED_PROXIES', 'PORT', 'DEBUG']) {
      assert.match(said, new RegExp(`^ {2}${name} `, 'm'))
    }
    assert.doesNotMatch(said, /short-one|eighty|\bat .*\.ts/)
  })

  it('shows what went wrong where that is nobody’s setting', async (t) => {
    const program = startMain(t, { HOST: '203.0.113.1' })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.match(program.lines.join('\n'), /EADDRNOTAVAIL/)
  })

  it('runs no jobs where another process does', async (t) => {
    const program = startMain(t, { WORKER_IN_WEB: 'false' })
    const url = await program.url()
    const before = smtp.mails.length
    const agent = new Agent()
    assert.equal((await register(url, agent, 200)).status, 201)
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    assert.equal(smtp.mails.length, before)
  })

  it('says on standard output what it does as JSON, each line whole', async (t) => {
    const program = startMain(t)
    await fetch(`${await program.url()}/api/v1/users/me`)
    const line = await program.line(/"msg":"request"/)
    const { level, status, route, pid } = JSON.parse(line)
    assert.deepEqual([level, status, route, pid], ['warn', 401, '/api/v1/users/me', program.pid])
  })
})

describe('in development, without a database of its own', () => {
  it('starts the embedded PostgreSQL, migrates it, stops it, and says why when it cannot', async (t) => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'crypalgos-main-'))
    const env = { APP_ENV: 'development', ENV_FILE: '/dev/null', PORT: '0', DATA_FOLDER: dataFolder }
    const program = startProgram(['src/main.ts'], { env })
    const { cluster } = choosePlace(dataFolder)
    t.after(async () => {
      await killProgram(program)
      await rm(cluster, { recursive: true, force: true })
      await rm(dataFolder, { recursive: true, force: true })
    })
    const url = await program.url()
    assert.equal((await fetch(`${url}/health/ready`)).status, 200)
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    await writeFile(join(cluster, 'data', 'PG_VERSION'), '9\n')
    const again = startProgram(['src/main.ts'], { env })
    assert.deepEqual(await again.ended, { code: 1, signal: null })
    assert.match(again.lines.at(0) ?? '', /^The data in .* was made by PostgreSQL 9/)
    assert.doesNotMatch(again.lines.join('\n'), /\bat .*\.ts/)
  })
})

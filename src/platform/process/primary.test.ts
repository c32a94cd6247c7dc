import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, describe, it, type TestContext } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts'
import { killProgram, PRODUCTION, type Program, startProgram } from '../../../test/programs.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const LISTENING = /Server listening at/

function startTwo(t: TestContext, env: Record<string, string> = {}): Program {
  const program = startProgram(['src/main.ts'], {
    env: {
      ...PRODUCTION,
      DATABASE_URL: database.url,
      SMTP_URL: 'smtp://127.0.0.1:9',
      WEB_CONCURRENCY: '2',
      WORKER_IN_WEB: 'false',
      ...env,
    },
  })
  t.after(() => killProgram(program))
  return program
}

function pidsOf(lines: string[]): number[] {
  return lines.map((line) => JSON.parse(line).pid)
}

async function stop(program: Program): Promise<void> {
  program.signal('SIGTERM')
  assert.deepEqual(await program.ended, { code: 0, signal: null })
}

/** Asks for something over a connection of its own, so that either process may get it. */
async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  return { status: response.status, text: await response.text() }
}

function sumOf(metrics: string, pattern: RegExp): number {
  const lines = metrics.split('\n').filter((line) => pattern.test(line))
  return lines.map((line) => Number(line.split(' ').at(-1))).reduce((sum, value) => sum + value, 0)
}

describe('several web processes', () => {
  it('share a port, both serve, and /metrics counts what all of them did', async (t) => {
    const program = startTwo(t)
    const [first, second] = pidsOf(await program.matching(LISTENING, 2))
    assert.notEqual(first, second)
    const url = await program.url()
    const asked = Array.from({ length: 20 }, () => get(`${url}/api/v1/users/me`))
    assert.ok((await Promise.all(asked)).every(({ status }) => status === 401))
    const served = new Set(pidsOf(await program.matching(/"msg":"request"/, 20)))
    assert.deepEqual(served, new Set([first, second]))
    const scrapes = await Promise.all(Array.from({ length: 6 }, () => get(`${url}/metrics`)))
    for (const { status, text } of scrapes) {
      assert.equal(status, 200)
      assert.equal(sumOf(text, /^http_requests_total\{.*route="\/api\/v1\/users\/me".*status="401"/), 20)
      assert.match(text, /^jobs\{state="ready"\} 0$/m)
    }
    await stop(program)
  })

  it('are replaced when they die, while the others serve on', async (t) => {
    const program = startTwo(t)
    const [first = 0] = pidsOf(await program.matching(LISTENING, 2))
    const url = await program.url()
    process.kill(first, 'SIGKILL')
    const said = JSON.parse(await program.line(/a web process ended; another takes its place/))
    assert.deepEqual([said.level, said.pid_of_process, said.signal], ['error', first, 'SIGKILL'])
    assert.equal((await get(`${url}/health`)).status, 200)
    const pids = pidsOf(await program.matching(LISTENING, 3))
    assert.equal(new Set(pids).size, 3)
    await stop(program)
  })

  it('are not replaced once the program is to end', async (t) => {
    const program = startTwo(t)
    const [first = 0] = pidsOf(await program.matching(LISTENING, 2))
    process.kill(first, 'SIGKILL')
    await program.line(/a web process ended/)
    await stop(program)
    assert.equal(program.lines.filter((line) => LISTENING.test(line)).length, 2)
  })

  it('end in order where the whole group is signalled, as a terminal does', async (t) => {
    const program = startTwo(t)
    const pids = pidsOf(await program.matching(LISTENING, 2))
    for (const pid of [...pids, program.pid]) process.kill(pid, 'SIGINT')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
  })

  it('say once that the port is taken, and end with exit 1', async (t) => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    t.after(() => holder.close())
    const address = holder.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const program = startTwo(t, { PORT: String(port) })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.equal(program.lines.length, 1)
    assert.match(program.lines[0] ?? '', /is already in use/)
  })

  it('answer 503 for the metrics while one of them does not answer', async (t) => {
    const program = startTwo(t)
    const [first = 0, second = 0] = pidsOf(await program.matching(LISTENING, 2))
    const url = await program.url()
    process.kill(first, 'SIGSTOP')
    const answers = await Promise.all(
      Array.from({ length: 2 }, () =>
        fetch(`${url}/metrics`, { signal: AbortSignal.timeout(7000) }).then(
          async (response) => [response.status, await response.text()],
          () => ['in the stopped process', ''],
        ),
      ),
    )
    process.kill(first, 'SIGCONT')
    const refused = answers.find(([status]) => status === 503)
    assert.match(String(refused?.[1]), /Not every process says its metrics right now/)
    assert.ok(second > 0)
    await stop(program)
  })
})

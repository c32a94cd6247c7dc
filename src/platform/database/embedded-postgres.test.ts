import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { choosePlace } from './embedded/place.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'

const ROOT = join(import.meta.dirname, '../../..')
const isRoot = process.getuid?.() === 0

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** A process that starts the server and then does nothing. */
async function startInChild(
  dataFolder: string,
  root: string = ROOT,
): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(root, 'test/hold-postgres.ts'), [dataFolder])
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  return { child, url: String(message) }
}

describe('startEmbeddedPostgres', () => {
  let dataFolder = ''
  const start = () => startEmbeddedPostgres({ dataFolder, durable: false })
  const data = (): string => join(choosePlace(dataFolder).cluster, 'data')
  /** Who only joined a server does not wait for its end. */
  const plant = async (lockFile: string): Promise<string> => {
    const path = join(data(), 'postmaster.pid')
    while (existsSync(path)) await delay(10)
    writeFileSync(path, lockFile)
    return path
  }

  before(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'embedded-'))
  })
  after(() => {
    rmSync(choosePlace(dataFolder).cluster, { recursive: true, force: true })
    rmSync(dataFolder, { recursive: true, force: true })
  })

  it('serves an UTF-8 database on 127.0.0.1 alone, to who has the password', async () => {
    const server = await start()
    const url = new URL(server.url)
    assert.equal(url.hostname, '127.0.0.1')
    const settings = `SELECT current_setting('listen_addresses') AS listen, current_setting('unix_socket_directories') AS sockets,
      pg_encoding_to_char(encoding) AS encoding, datlocale, current_setting('TimeZone') AS zone
      FROM pg_database WHERE datname = current_database()`
    assert.deepEqual(await query(server.url, settings), [
      { listen: '127.0.0.1', sockets: '', encoding: 'UTF8', datlocale: 'C.UTF-8', zone: 'UTC' },
    ])
    url.password = 'wrong'
    await assert.rejects(query(url.href, 'SELECT 1'), { code: '28P01' })
    await server.stop()
    await assert.rejects(query(server.url, 'SELECT 1'), { code: 'ECONNREFUSED' })
  })

  it('keeps its data over a restart, under the same password', async () => {
    const first = await start()
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await first.stop()
    const second = await startEmbeddedPostgres({ dataFolder })
    assert.deepEqual(await query(second.url, 'SELECT answer FROM kept'), [{ answer: 42 }])
    assert.equal(new URL(second.url).password, new URL(first.url).password)
    await second.stop()
  })

  it('joins a server that runs on the same data, which stops with its last user', async () => {
    const owner = await start()
    const guest = await start()
    assert.equal(guest.url, owner.url)
    await guest.stop()
    assert.equal((await query(owner.url, 'SELECT 1')).length, 1)
    const another = await start()
    await owner.stop()
    assert.equal((await query(another.url, 'SELECT 1')).length, 1)
    await another.stop()
  })

  it('gives one server to several that start at once', async () => {
    const servers = await Promise.all([start(), start(), start()])
    assert.equal(new Set(servers.map(({ url }) => url)).size, 1)
    await Promise.all(servers.map(({ stop }) => stop()))
  })

  it('starts again at once after its process was killed, with everything that was committed', async () => {
    const { child, url } = await startInChild(dataFolder)
    await query(url, 'CREATE TABLE committed AS SELECT 7 AS number')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const server = await start()
    assert.deepEqual(await query(server.url, 'SELECT number FROM committed'), [{ number: 7 }])
    await server.stop()
  })

  it('starts over the lock file of a process that is gone', async () => {
    await plant('4000000\n/nowhere\n1700000000\n1\n\n127.0.0.1\n')
    const server = await start()
    assert.equal((await query(server.url, 'SELECT 1')).length, 1)
    await server.stop()
  })

  it('starts over a lock file whose number another program has taken', async (t) => {
    const { account } = choosePlace(dataFolder)
    const stranger = spawn('sleep', ['60'], { ...account, cwd: '/' })
    t.after(() => stranger.kill())
    const lock = await plant(`${stranger.pid}\n${data()}\n1700000000\n1\n\n127.0.0.1\n`)
    chownSync(lock, account.uid, account.gid)
    const server = await start()
    assert.equal((await query(server.url, 'SELECT 1')).length, 1)
    await server.stop()
  })

  /** A server that is about to start or stop, for so many questions. */
  async function busyServer(questions: number): Promise<Server> {
    const server = createServer((socket) => {
      // Answered once the question was read: closing over unread data would be a reset.
      socket.once('data', () => socket.end(Buffer.from('E\0\0\0\x17SFATAL\0C57P03\0Mwait\0\0', 'latin1')))
      questions -= 1
      if (questions === 0) server.close()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve).unref())
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    await plant(`4000000\n/nowhere\n1700000000\n${address.port}\n\n127.0.0.1\n`)
    return server
  }

  it('waits for a server that is about to stop', async () => {
    const busy = await busyServer(2)
    const server = await start()
    assert.equal(busy.listening, false)
    await server.stop()
  })

  it('gives up on a server that never becomes ready', async () => {
    const busy = await busyServer(1_000_000)
    await assert.rejects(startEmbeddedPostgres({ dataFolder, limitMs: 200 }), {
      name: 'EmbeddedPostgresError',
      message: /did not become ready in 0\.2 s.*database system is shut down/s,
    })
    busy.close()
    rmSync(join(data(), 'postmaster.pid'))
  })

  it('says what the server said last where it does not start', async () => {
    appendFileSync(join(data(), 'postgresql.auto.conf'), 'no_such_setting = 1\n')
    await assert.rejects(start(), {
      name: 'EmbeddedPostgresError',
      message: /did not start:.*unrecognized configuration parameter "no_such_setting"/s,
    })
  })

  if (isRoot) {
    it('works for root in a clone that only root can enter', async () => {
      const clone = mkdtempSync(join(tmpdir(), 'roots-own-'))
      const path = 'src/platform/database'
      mkdirSync(join(clone, path), { recursive: true })
      cpSync(join(ROOT, path, 'embedded'), join(clone, path, 'embedded'), { recursive: true })
      cpSync(join(ROOT, path, 'embedded-postgres.ts'), join(clone, path, 'embedded-postgres.ts'))
      cpSync(join(ROOT, 'test/hold-postgres.ts'), join(clone, 'test/hold-postgres.ts'))
      cpSync(join(ROOT, 'package.json'), join(clone, 'package.json'))
      symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
      const { child, url } = await startInChild(join(clone, '.data'), clone)
      const [row] = await query(url, `SELECT current_setting('data_directory') AS folder`)
      assert.ok(typeof row === 'object' && row !== null && 'folder' in row)
      assert.match(String(row.folder), /^\/var\/tmp\/crypalgos-/)
      child.send('stop')
      await once(child, 'exit')
      rmSync(dirname(dirname(String(row.folder))), { recursive: true })
      rmSync(clone, { recursive: true })
    })
  }
})

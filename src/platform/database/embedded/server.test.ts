import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Cluster } from './cluster.ts'
import {
  freePort,
  isNoted,
  lockedPort,
  logSince,
  logSize,
  probe,
  readLockFile,
  removeLockFile,
  spawnServer,
  urlOf,
} from './server.ts'

let folder = ''
let cluster: Cluster

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'))
  cluster = {
    folder,
    data: join(folder, 'data'),
    users: join(folder, 'users'),
    serverLog: join(folder, 'server.log'),
    password: 'secret',
  }
  mkdirSync(cluster.data)
  writeFileSync(cluster.serverLog, '')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('probe', () => {
  const open: Server[] = []

  afterEach(() => {
    for (const server of open.splice(0)) server.close()
  })

  async function answering(answer: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => answer(socket))
    })
    open.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    return urlOf(cluster, address.port)
  }

  function errorMessage(code: string): Buffer {
    const fields = Buffer.from(`SFATAL\0C${code}\0Mnot now\0\0`)
    const head = Buffer.alloc(5)
    head.write('E')
    head.writeInt32BE(fields.length + 4, 1)
    return Buffer.concat([head, fields])
  }

  it('finds nobody on a closed port', async () => {
    assert.equal(await probe(urlOf(cluster, await freePort())), 'absent')
  })

  it('takes a server that starts or stops for a busy one', async () => {
    assert.equal(await probe(await answering((socket) => socket.end(errorMessage('57P03')))), 'busy')
  })

  it('is not disturbed by a server that lets it in and stops at that moment', async () => {
    const welcome = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1')
    const answer = Buffer.concat([welcome, errorMessage('57P01')])
    assert.equal(await probe(await answering((socket) => socket.end(answer))), 'ready')
  })

  it("takes a server that knows another password for somebody else's", async () => {
    assert.equal(await probe(await answering((socket) => socket.end(errorMessage('28P01')))), 'absent')
  })

  it('takes what is no PostgreSQL for somebody else', async () => {
    assert.equal(await probe(await answering((socket) => socket.destroy())), 'absent')
  })

  it('takes one that hangs for a busy one', async () => {
    const url = await answering((socket) => setTimeout(() => socket.destroy(), 500))
    assert.equal(await probe(url, 50), 'busy')
  })
})

describe('isNoted', () => {
  it('is false where no keeper reads any more', async () => {
    writeFileSync(cluster.users, '')
    const use = openSync(cluster.users, 'r+')
    assert.equal(await isNoted(cluster, use, 50), false)
    closeSync(use)
  })
})

describe('the lock file', () => {
  const path = (): string => join(cluster.data, 'postmaster.pid')

  it('has no port where it is not there or not written yet', () => {
    assert.equal(lockedPort(readLockFile(cluster)), undefined)
    assert.equal(lockedPort('123\n/data\n'), undefined)
  })

  it('names the port on its fourth line', () => {
    writeFileSync(path(), '123\n/data\n1700000000\n5433\n')
    assert.equal(lockedPort(readLockFile(cluster)), 5433)
  })

  it('is removed only if it is still the one that was judged', () => {
    writeFileSync(path(), 'new')
    removeLockFile(cluster, 'old')
    assert.equal(readLockFile(cluster), 'new')
    removeLockFile(cluster, 'new')
    assert.equal(readLockFile(cluster), undefined)
  })
})

describe('spawnServer', () => {
  const account = { uid: Number(process.getuid?.()), gid: Number(process.getgid?.()) }
  const options = { postgres: '/bin/echo', account, port: 5433, durable: true }

  let use = 0

  // Somebody uses the server until the test is over; else the keeper would stop it at once.
  beforeEach(() => {
    execFileSync('mkfifo', [cluster.users])
    use = openSync(cluster.users, 'r+')
  })
  afterEach(() => closeSync(use))

  it('appends to the log, and tells what came since', async () => {
    writeFileSync(cluster.serverLog, 'before\n')
    const size = logSize(cluster)
    await spawnServer(cluster, options).exited
    assert.match(logSince(cluster, size), /^-D .* -c port=5433 .*listen_addresses=127\.0\.0\.1/)
    assert.match(readFileSync(cluster.serverLog, 'utf8'), /^before\n/)
  })

  it('begins a new log where the old one is large', async () => {
    truncateSync(cluster.serverLog, 1_000_001)
    await spawnServer(cluster, options).exited
    assert.ok(logSize(cluster) < 10_000)
  })

  it('ends where the account cannot be taken', async () => {
    const launched = spawnServer({ ...cluster, folder: join(folder, 'nowhere') }, options)
    await launched.exited
    assert.equal(logSize(cluster), 0)
  })
})

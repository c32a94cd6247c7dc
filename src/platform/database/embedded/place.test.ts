import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { choosePlace, type Place, prepareBase, unprivilegedAccount } from './place.ts'

describe('choosePlace', () => {
  it('puts everything of an ordinary user into the data folder', () => {
    const user = { uid: 1000, gid: 1000 }
    const place = choosePlace('/home/ada/clone/.data', user)
    assert.deepEqual(place, {
      account: user,
      base: '/home/ada/clone/.data',
      cluster: '/home/ada/clone/.data/postgres',
      programs: undefined,
    })
  })

  it('gives root an unprivileged account and a folder outside the clone, one database per data folder', () => {
    const root = { uid: 0, gid: 0 }
    const place = choosePlace('/root/clone/.data', root)
    assert.notEqual(place.account.uid, 0)
    assert.match(place.base, /^\/var\/tmp\/crypalgos-[0-9a-f]{16}$/)
    assert.ok(place.cluster.startsWith(`${place.base}/data-`))
    assert.ok(place.programs?.startsWith(`${place.base}/`))
    assert.notEqual(place.cluster, choosePlace('/root/other/.data', root).cluster)
  })
})

describe('unprivilegedAccount', () => {
  it('reads the account of the system', () => {
    const passwd = 'root:x:0:0::/root:/bin/sh\nnobody:x:99:98:nobody:/:/sbin/nologin\n'
    assert.deepEqual(unprivilegedAccount(passwd), { uid: 99, gid: 98 })
  })

  it('understands the negative numbers of macOS', () => {
    const account = unprivilegedAccount('nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false\n')
    assert.deepEqual(account, { uid: 4_294_967_294, gid: 4_294_967_294 })
  })

  it('falls back to the usual number where the system has no such account', () => {
    assert.deepEqual(unprivilegedAccount('root:x:0:0::/root:/bin/sh\n'), { uid: 65_534, gid: 65_534 })
  })
})

describe('prepareBase', () => {
  const account = { uid: Number(process.getuid?.()), gid: Number(process.getgid?.()) }
  let folder = ''
  const place = (base: string, programs: string | undefined): Place => ({
    account,
    base,
    cluster: '',
    programs,
  })

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'base-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('makes the data folder of an ordinary user with all above it', () => {
    prepareBase(place(join(folder, 'a/b'), undefined))
    assert.ok(statSync(join(folder, 'a/b')).isDirectory())
  })

  it('makes a folder that only the account may enter, and takes it again', () => {
    const base = join(folder, 'base')
    prepareBase(place(base, 'programs'))
    prepareBase(place(base, 'programs'))
    assert.equal(statSync(base).mode & 0o777, 0o700)
  })

  it('refuses a folder that others may enter', () => {
    const base = join(folder, 'base')
    mkdirSync(base)
    chmodSync(base, 0o755)
    assert.throws(() => prepareBase(place(base, 'programs')), /does not belong|belongs to user .* alone/)
  })

  it('refuses a link that somebody else may have laid', () => {
    const base = join(folder, 'base')
    symlinkSync(folder, base)
    assert.throws(() => prepareBase(place(base, 'programs')), /Set|set DATABASE_URL/)
  })

  it('passes on what else goes wrong', () => {
    writeFileSync(join(folder, 'file'), '')
    assert.throws(() => prepareBase(place(join(folder, 'file/base'), 'programs')), { code: 'ENOTDIR' })
  })
})

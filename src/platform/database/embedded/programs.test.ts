import assert from 'node:assert/strict'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Place } from './place.ts'
import { findPackage, preparePrograms, restoreLinks } from './programs.ts'

const account = { uid: Number(process.getuid?.()), gid: Number(process.getgid?.()) }

describe('the programs of PostgreSQL', () => {
  let folder = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'programs-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** A package as npm leaves it where install scripts are off. */
  function packageWithoutLinks(): { folder: string; version: string } {
    mkdirSync(join(folder, 'native/bin'), { recursive: true })
    mkdirSync(join(folder, 'native/lib'))
    writeFileSync(join(folder, 'native/lib/libpq.so.5.18'), 'library')
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]
    writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links))
    return { folder, version: '18.4.0-beta.17' }
  }

  const place = (programs: string | undefined): Place => ({ account, base: folder, cluster: '', programs })

  it('are found where npm put them', () => {
    const found = findPackage()
    assert.match(found.version, /^\d+\.\d+/)
    assert.ok(existsSync(join(found.folder, 'native/bin/postgres')))
  })

  it('are asked for in words where npm has none for this machine', () => {
    assert.throws(() => findPackage('plan9', 'mips'), {
      name: 'EmbeddedPostgresError',
      message: /no embedded PostgreSQL for plan9-mips.*npm ci.*DATABASE_URL/s,
    })
  })

  it('get the links that an install script should have made, once', () => {
    packageWithoutLinks()
    restoreLinks(folder)
    restoreLinks(folder)
    assert.equal(readlinkSync(join(folder, 'native/lib/libpq.so.5')), 'libpq.so.5.18')
  })

  it('need no links where the package lists none', () => {
    restoreLinks(folder)
    assert.deepEqual(readdirSync(folder), [])
  })

  it('are used in place by an ordinary user', async () => {
    const programs = await preparePrograms(place(undefined), packageWithoutLinks())
    assert.deepEqual(programs, {
      initdb: join(folder, 'native/bin/initdb'),
      postgres: join(folder, 'native/bin/postgres'),
      majorVersion: 18,
    })
  })

  it('are copied once for an account that cannot reach them, links kept, also by several at once', async () => {
    const found = packageWithoutLinks()
    const target = place(join(folder, 'copies'))
    const [first, second] = await Promise.all([
      preparePrograms(target, found),
      preparePrograms(target, found),
    ])
    const third = await preparePrograms(target, found)
    assert.deepEqual(second, first)
    assert.deepEqual(third, first)
    assert.deepEqual(readdirSync(join(folder, 'copies')), ['18.4.0-beta.17'])
    assert.ok(lstatSync(join(folder, 'copies/18.4.0-beta.17/lib/libpq.so.5')).isSymbolicLink())
  })
})

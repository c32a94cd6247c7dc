import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { prepareCluster, runProgram } from './cluster.ts'
import { choosePlace, type Place, prepareBase } from './place.ts'
import { type Programs, preparePrograms } from './programs.ts'

const OPTIONS = { durable: false, log: () => {} }

describe('a cluster', () => {
  let dataFolder = ''
  let place: Place
  let programs: Programs

  before(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'cluster-'))
    place = choosePlace(dataFolder)
    prepareBase(place)
    programs = await preparePrograms(place)
  })
  after(() => {
    rmSync(place.cluster, { recursive: true, force: true })
    rmSync(dataFolder, { recursive: true })
  })

  const drafts = (): string[] =>
    readdirSync(dirname(place.cluster)).filter((name) => name.startsWith(`${basename(place.cluster)}.draft-`))

  it('is made once, with a password of its own that only its account can read, by two that make it at once', async () => {
    const messages: string[] = []
    const options = { durable: true, log: (message: string) => messages.push(message) }
    const [first, second] = await Promise.all([
      prepareCluster(place, programs, options),
      prepareCluster(place, programs, options),
    ])
    const third = await prepareCluster(place, programs, options)
    assert.deepEqual(second, first)
    assert.deepEqual(third, first)
    assert.match(first.password, /^[\w-]{32}$/)
    assert.equal(statSync(join(first.folder, 'password')).mode & 0o777, 0o600)
    assert.equal(statSync(first.folder).mode & 0o777, 0o700)
    assert.equal(messages.length, 2)
    assert.deepEqual(drafts(), [])
  })

  it('of another version is refused with what to do', async () => {
    const newer = { ...programs, majorVersion: programs.majorVersion + 1 }
    await assert.rejects(prepareCluster(place, newer, OPTIONS), {
      name: 'EmbeddedPostgresError',
      message: /remove that folder.*pg_dump/s,
    })
  })

  it('is made over what a killed process left, and leaves alone what another makes now', async () => {
    rmSync(place.cluster, { recursive: true })
    const old = `${place.cluster}.draft-old`
    const young = `${place.cluster}.draft-young`
    for (const draft of [old, young]) mkdirSync(draft)
    utimesSync(old, 0, 0)
    await prepareCluster(place, programs, OPTIONS)
    assert.deepEqual(drafts(), [basename(young)])
    assert.equal(existsSync(place.cluster), true)
    rmSync(young, { recursive: true })
  })

  it('that cannot be made leaves nothing and says what the program said', async () => {
    const failing = join(dataFolder, 'failing')
    writeFileSync(failing, '#!/bin/sh\necho out of luck >&2\nexit 3\n', { mode: 0o755 })
    const elsewhere = { ...place, account: ownAccount(), cluster: join(dataFolder, 'never') }
    await assert.rejects(prepareCluster(elsewhere, { ...programs, initdb: failing }, OPTIONS), {
      message: /failing failed:\nout of luck/,
    })
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => name.startsWith('never')),
      [],
    )
  })
})

function ownAccount(): { uid: number; gid: number } {
  return { uid: Number(process.getuid?.()), gid: Number(process.getgid?.()) }
}

describe('runProgram', () => {
  const as = { account: ownAccount(), cwd: tmpdir() }

  it('passes its input on', async () => {
    await runProgram('sh', ['-c', 'read word && test "$word" = yes'], { ...as, input: 'yes\n' })
  })

  it('rejects where there is no such program', async () => {
    await assert.rejects(runProgram('/nowhere/program', [], as), { code: 'ENOENT' })
  })

  it('lives with a program that does not read its input', async () => {
    await runProgram('sh', ['-c', 'exec 0<&-; echo ended'], { ...as, input: 'x'.repeat(1_000_000) })
  })
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { keptSecrets, placeOnce } from './kept-secrets.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-secrets-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('keptSecrets makes two different long secrets that only the owner can read, and keeps them', () => {
  const data = join(folder, 'deep', 'data')
  const first = keptSecrets(data)
  assert.notEqual(first.access, first.refresh)
  assert.equal(Buffer.from(first.access, 'base64url').length, 64)
  assert.equal(Buffer.from(first.refresh, 'base64url').length, 64)
  assert.deepEqual(keptSecrets(data), first)
  assert.equal(statSync(join(data, 'secrets.json')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(data), ['secrets.json'])
})

test('processes that start at once agree on the secrets', async () => {
  const module = join(import.meta.dirname, 'kept-secrets.ts')
  const script = `import { keptSecrets } from ${JSON.stringify(module)}
    console.log(JSON.stringify(keptSecrets(${JSON.stringify(folder)})))`
  const runs = Array.from({ length: 4 }, () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]),
  )
  const answers = await Promise.all(runs)
  assert.equal(new Set(answers.map((answer) => answer.stdout)).size, 1)
})

test('placeOnce leaves what another process placed first, and no draft behind', () => {
  const path = join(folder, 'secrets.json')
  placeOnce(path, 'first')
  placeOnce(path, 'second')
  assert.equal(readFileSync(path, 'utf8'), 'first')
  assert.deepEqual(readdirSync(folder), ['secrets.json'])
})

test('placeOnce passes on any other failure and leaves no draft behind', () => {
  const path = `${folder}/missing/\0`
  assert.throws(() => placeOnce(path, 'x'))
  assert.deepEqual(readdirSync(folder), [])
})

for (const text of [
  '',
  '{',
  'null',
  '7',
  '{}',
  '{"access":"a"}',
  '{"access":"a","refresh":7}',
  '{"access":"","refresh":"b"}',
  '{"access":"a","refresh":""}',
]) {
  test(`keptSecrets refuses a file that holds ${JSON.stringify(text)} and leaves it`, () => {
    writeFileSync(join(folder, 'secrets.json'), text)
    assert.throws(() => keptSecrets(folder))
    assert.equal(readFileSync(join(folder, 'secrets.json'), 'utf8'), text)
  })
}

test('keptSecrets refuses a folder in place of the file', () => {
  mkdirSync(join(folder, 'secrets.json'))
  assert.throws(() => keptSecrets(folder), { code: 'EISDIR' })
})

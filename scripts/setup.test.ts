import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { readConfig } from '../src/platform/config.ts'
import { writeDevelopmentSettings } from './setup.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'))
  copyFileSync(join(import.meta.dirname, '../.env.example'), join(root, '.env.example'))
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

function runSetup(): string {
  return execFileSync(process.execPath, [join(import.meta.dirname, 'setup.ts'), root], { encoding: 'utf8' })
}

test('setup writes .env.dev with fresh secrets that only the owner can read, and the program takes it', () => {
  assert.match(runSetup(), /^Wrote \.env\.dev/)
  assert.equal(statSync(join(root, '.env.dev')).mode & 0o777, 0o600)
  const { tokens } = readConfig({}, root)
  const secrets = [...tokens.accessSecrets, ...tokens.refreshSecrets]
  assert.deepEqual(
    secrets.map((secret) => Buffer.from(secret, 'base64url').length),
    [64, 64],
  )
  assert.notEqual(secrets[0], secrets[1])
  const text = readFileSync(join(root, '.env.dev'), 'utf8')
  assert.ok(secrets.every((secret) => text.includes(`_TOKEN_SECRET_KEY=${secret}`)))
})

test('setup leaves an existing .env.dev alone and says so', () => {
  runSetup()
  const before = readFileSync(join(root, '.env.dev'), 'utf8')
  assert.match(runSetup(), /^\.env\.dev is already there/)
  assert.equal(readFileSync(join(root, '.env.dev'), 'utf8'), before)
})

test('two set-ups never make the same secrets', () => {
  writeDevelopmentSettings(root)
  const first = readConfig({}, root).tokens
  rmSync(join(root, '.env.dev'))
  writeDevelopmentSettings(root)
  assert.notDeepEqual(readConfig({}, root).tokens, first)
})

test('setup fails with the reason where there is no example', () => {
  rmSync(join(root, '.env.example'))
  assert.throws(() => writeDevelopmentSettings(root), { code: 'ENOENT' })
})

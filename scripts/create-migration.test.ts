import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createMigration } from './create-migration.ts'

describe('createMigration', () => {
  let folder = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'migrations-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('takes number 1 where there is no migration yet', () => {
    assert.equal(basename(createMigration(folder, 'Begin') ?? ''), '0001-begin.ts')
  })

  it('takes the number after the highest, and only letters and digits of the message', () => {
    writeFileSync(join(folder, '0007-old.ts'), '')
    writeFileSync(join(folder, 'notes.test.ts'), '')
    const path = createMigration(folder, "  Add ../user's `phone`! ") ?? ''
    assert.equal(basename(path), '0008-add-user-s-phone.ts')
    assert.match(readFileSync(path, 'utf8'), /export async function up.*export async function down/s)
  })

  it('writes nothing for a message without a word', () => {
    assert.equal(createMigration(folder, ' -- '), undefined)
    assert.deepEqual(readdirSync(folder), [])
  })
})

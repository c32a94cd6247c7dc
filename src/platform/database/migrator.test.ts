import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { createEmptyDatabase, type TestDatabase } from '../../../test/database.ts'
import { migrateDown, migrateUp, migrationStatus } from './migrator.ts'

const log = pino({ level: 'silent' })
const FIRST = `
export const up = (db) => db.schema.createTable('first').addColumn('id', 'integer').execute()
export const down = (db) => db.schema.dropTable('first').execute()`
const SECOND = `
export const up = (db) => db.schema.createTable('second').addColumn('id', 'integer').execute()
export const down = (db) => db.schema.dropTable('second').execute()`
const BROKEN = `
export const up = async (db) => {
  await db.schema.createTable('third').addColumn('id', 'integer').execute()
  throw new Error('the third fails')
}
export const down = async () => {}`

let database: TestDatabase
let folder = ''
before(async () => {
  database = await createEmptyDatabase()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  await writeFile(join(folder, '0001-first.ts'), FIRST)
  await writeFile(join(folder, '0002-second.ts'), SECOND)
  await writeFile(join(folder, '0002-second.test.ts'), 'throw new Error("a test is no migration")')
})
after(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

async function tables(): Promise<string[]> {
  const { rows } = await sql<{ tablename: string }>`
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'kysely%'
    ORDER BY tablename`.execute(database.db)
  return rows.map(({ tablename }) => tablename)
}

describe('migrations', () => {
  it('are applied in order, once, with the schema of the job queue', async () => {
    assert.deepEqual(await migrateUp(database, log, folder), ['0001-first', '0002-second'])
    assert.deepEqual(await migrateUp(database, log, folder), [])
    assert.deepEqual(await tables(), ['first', 'second'])
    assert.equal((await sql`SELECT FROM graphile_worker.jobs`.execute(database.db)).rows.length, 0)
  })

  it('are taken back one at a time, the newest first', async () => {
    assert.deepEqual(await migrateDown(database.db, folder), ['0002-second'])
    assert.deepEqual(await tables(), ['first'])
    assert.deepEqual(await migrateDown(database.db, folder), ['0001-first'])
    assert.deepEqual(await migrateDown(database.db, folder), [])
    assert.deepEqual(await tables(), [])
  })

  it('are applied by one of two processes that start at once', async () => {
    const both = await Promise.all([migrateUp(database, log, folder), migrateUp(database, log, folder)])
    assert.deepEqual(both.flat(), ['0001-first', '0002-second'])
    const status = await migrationStatus(database.db, folder)
    assert.deepEqual(
      status.map(({ name, executedAt }) => [name, executedAt instanceof Date]),
      [
        ['0001-first', true],
        ['0002-second', true],
      ],
    )
  })

  it('leave nothing of one that fails', async () => {
    await writeFile(join(folder, '0003-third.ts'), BROKEN)
    await assert.rejects(migrateUp(database, log, folder), /the third fails/)
    assert.deepEqual(await tables(), ['first', 'second'])
    const [newest] = (await migrationStatus(database.db, folder)).toReversed()
    assert.deepEqual([newest?.name, newest?.executedAt], ['0003-third', undefined])
  })
})

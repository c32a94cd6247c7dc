import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

/**
 * Columns that refer to something without a foreign key: the row that they name may not exist (yet), or they name no row.
 * Where the row that holds the reference can become useless, `sweep` removes it, and `test` tests that.
 */
const WITHOUT_FOREIGN_KEY: Record<string, { reason: string; sweep?: string; test?: string }> = {
  'backtests.runner_id': { reason: 'names a process' },
  'one_time_codes.key_id': { reason: 'names a key in the settings' },
  'backtests.result_key': {
    reason: 'the result comes later than the backtest',
    sweep: 'deleteUnusedResults',
    test: 'src/backtests/kept-results.test.ts',
  },
  'idempotency_keys.key': { reason: 'is chosen by the client' },
  'known_addresses.address_key': { reason: 'is an address of the network' },
}
/** Keys and hashes of the row's own content. */
const OWN_CONTENT = ['hash', 'key', 'body_hash', 'password_hash']
const FOREIGN_TABLES = ['kysely_migration', 'kysely_migration_lock', 'job_processes', 'rate_limits']

type Column = { table: string; column: string; hasForeignKey: boolean }

/** Columns whose names say that they refer to something. */
async function references(): Promise<Column[]> {
  const { rows } = await sql<Column>`
    SELECT c.relname AS table, a.attname AS column, EXISTS (
      SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)
    ) AS "hasForeignKey"
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attname ~ '(^|_)(id|key|hash)$' AND a.attname <> 'id'
    ORDER BY 1, 2`.execute(database.db)
  return rows.filter(({ table }) => !FOREIGN_TABLES.includes(table))
}

describe('every reference in the schema', () => {
  it('has a foreign key, or a reason and a tested sweep', async () => {
    const open = (await references()).filter(({ hasForeignKey }) => !hasForeignKey)
    const names = open
      .filter(({ column }) => !OWN_CONTENT.includes(column))
      .map(({ table, column }) => `${table}.${column}`)
    const known = Object.keys(WITHOUT_FOREIGN_KEY).filter((name) => !name.endsWith('.key'))
    assert.deepEqual(names.sort(), known.sort())
    for (const { sweep, test } of Object.values(WITHOUT_FOREIGN_KEY)) {
      if (sweep === undefined || test === undefined) continue
      assert.ok(readFileSync(join(import.meta.dirname, '..', test), 'utf8').includes(sweep), sweep)
    }
  })

  it('to an account removes its row with the account, or leaves it to a sweep', async () => {
    const { rows } = await sql<{ table: string; action: string }>`
      SELECT conrelid::regclass::text AS table, confdeltype::text AS action FROM pg_constraint
      WHERE contype = 'f' AND confrelid = 'users'::regclass AND confdeltype <> 'c' ORDER BY 1`.execute(
      database.db,
    )
    // Large rows: they lose their owner at once, and `deleteOwnerless…` removes them in batches.
    assert.deepEqual(rows, [
      { table: 'backtest_results', action: 'n' },
      { table: 'chunks', action: 'n' },
    ])
  })

  it('to an account is named so that a write beside the deletion of the account is recognised', async () => {
    const { rows } = await sql<{ name: string }>`
      SELECT conname AS name FROM pg_constraint
      WHERE contype = 'f' AND (confrelid = 'users'::regclass) <> (conname ~ '_(user|owner)$')`.execute(
      database.db,
    )
    assert.deepEqual(rows, [])
  })

  it('has an index, so that a deletion does not read whole tables', async () => {
    const { rows } = await sql<{ constraint: string }>`
      SELECT k.conname AS constraint FROM pg_constraint k
      WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1] AND i.indpred IS NULL)`.execute(
      database.db,
    )
    assert.deepEqual(rows, [])
  })

  it('belongs to a table whose rows all lead to an account, or to nobody', async () => {
    const { rows } = await sql<{ table: string }>`
      WITH RECURSIVE owned (relation) AS (
        SELECT 'users'::regclass::oid
        UNION SELECT k.conrelid FROM pg_constraint k JOIN owned ON k.confrelid = owned.relation WHERE k.contype = 'f')
      SELECT relname AS table FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND oid NOT IN (SELECT relation FROM owned)
      ORDER BY 1`.execute(database.db)
    assert.deepEqual(
      rows.map(({ table }) => table).filter((table) => !FOREIGN_TABLES.includes(table)),
      // Registrations end after 24 hours; the sample belongs to nobody.
      ['pending_registrations', 'sample_data'],
    )
  })
})

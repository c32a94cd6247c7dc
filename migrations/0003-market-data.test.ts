import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { type RawBuilder, sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../test/database.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const run = (statement: RawBuilder<unknown>) => statement.execute(database.db)

const addInstrument = (changes: Record<string, unknown> = {}) => {
  const row: Record<string, unknown> = {
    ...{
      id: randomUUID(),
      owner_id: null,
      exchange: 'a',
      symbol: 'A/B',
      kind: 'spot',
      price_tick: 1,
      quantity_step: 1,
    },
    ...{
      minimum_notional: 0,
      maker_fee: 0,
      taker_fee: 0,
      maintenance_margin_rate: 0,
      created_at: 'now',
      updated_at: 'now',
    },
    ...changes,
  }
  const columns = sql.join(Object.keys(row).map((column) => sql.ref(column)))
  return run(sql`INSERT INTO instruments (${columns}) VALUES (${sql.join(Object.values(row))})`)
}

describe('the tables of market data', () => {
  it('have one shared instrument of a name, and none that cannot be traded', async () => {
    await addInstrument()
    await assert.rejects(addInstrument(), /instruments_unique/)
    await assert.rejects(addInstrument({ symbol: 'A/C', kind: 'inverse' }), /instruments_kind/)
    await assert.rejects(addInstrument({ symbol: 'A/C', price_tick: 0 }), /instruments_price_tick/)
    await assert.rejects(addInstrument({ symbol: 'A/C', quantity_step: 0 }), /instruments_quantity_step/)
    await assert.rejects(addInstrument({ symbol: 'A C' }), /instruments_symbol_form/)
  })

  it('keep a chunk that is named, and data outside of the row as it is', async () => {
    const hash = Buffer.alloc(32, 1)
    const addChunk = (key: Buffer, values: Buffer) =>
      run(sql`INSERT INTO chunks (key, hash, data, bytes, bars, first_at, last_at, quality)
        VALUES (${key}, ${values}, ${Buffer.alloc(9_000, 7)}, 9000, 1, now(), now(), 'null')`)
    await addChunk(hash, hash)
    const revision = randomUUID()
    await run(sql`INSERT INTO dataset_revisions
      (id, series, hash, bars, bytes, chunk_count, first_at, last_at, quality, created_at)
      VALUES (${revision}, '1m', ${hash}, 1, 9000, 1, now(), now(), 'null', now())`)
    await run(sql`INSERT INTO revision_chunks VALUES (${revision}, now(), ${hash})`)
    await assert.rejects(run(sql`DELETE FROM chunks`), /revision_chunks_chunk/)
    const { rows } = await run(sql`SELECT attstorage AS storage FROM pg_attribute
      WHERE attrelid = 'chunks'::regclass AND attname = 'data'`)
    assert.deepEqual(rows, [{ storage: 'e' }])
    await assert.rejects(addChunk(Buffer.alloc(1), Buffer.alloc(1)), /chunks_hash_length/)
  })

  it('say once that the sample was installed', async () => {
    await run(sql`INSERT INTO sample_data (installed_at) VALUES (now())`)
    await assert.rejects(run(sql`INSERT INTO sample_data (installed_at) VALUES (now())`), /sample_data_pk/)
    await assert.rejects(run(sql`INSERT INTO sample_data VALUES (false, now())`), /sample_data_one_row/)
  })
})

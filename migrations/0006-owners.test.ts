import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { deleteOwnerlessResults } from '../src/backtests/results-repository.ts'
import { deleteOwnerlessChunks } from '../src/market-data/revisions-repository.ts'
import { ownerKey } from '../src/platform/owner-key.ts'
import { createEmptyDatabase, type TestDatabase } from '../test/database.ts'
import { describeSchema } from '../test/describe-schema.ts'
import * as accounts from './0001-accounts.ts'
import * as marketData from './0003-market-data.ts'
import * as strategies from './0004-strategies.ts'
import * as backtests from './0005-backtests.ts'
import { down, up } from './0006-owners.ts'

const uuid = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`
const hashOf = (name: string) => createHash('sha256').update(name).digest()
const dataOf = (name: string) => createHash('shake256', { outputLength: 9_000 }).update(name).digest()

const ADA = uuid(1)
const BEN = uuid(2)
const OWNERS = [null, ADA, BEN]
const NAMES = new Map([[null, 'shared'] as const, [ADA, 'ada'] as const, [BEN, 'ben'] as const])
/** The only instrument and dataset of each owner. */
const placeOf = (owner: string | null) => uuid(100 + OWNERS.indexOf(owner))
const BACKTESTS = { ada: uuid(41), ben: uuid(42), adaAgain: uuid(43), benLost: uuid(44) }

type Row = Record<string, unknown>

async function insert({ db }: TestDatabase, table: string, values: Row): Promise<void> {
  const columns = sql.join(Object.keys(values).map((column) => sql.ref(column)))
  await sql`INSERT INTO ${sql.table(table)} (${columns}) VALUES (${sql.join(Object.values(values))})`.execute(
    db,
  )
}

async function select<T>({ db }: TestDatabase, statement: string): Promise<T[]> {
  return (await sql.raw<T>(statement).execute(db)).rows
}

const now = { created_at: 'now', updated_at: 'now' }

async function addChunk(database: TestDatabase, name: string): Promise<void> {
  const facts = { bytes: 9_000, bars: 1, first_at: 'now', last_at: 'now', quality: 'null' }
  await insert(database, 'chunks', { hash: hashOf(name), data: dataOf(name), ...facts })
}

async function addRevision(
  database: TestDatabase,
  id: string,
  datasetId: string | null,
  chunks: string[],
): Promise<void> {
  const facts = { series: '1m', hash: hashOf(id), bars: 1, bytes: 9_000, first_at: 'now', last_at: 'now' }
  const end = datasetId === null ? '2026-01-01' : null
  const times = { quality: 'null', created_at: 'now', superseded_at: end }
  await insert(database, 'dataset_revisions', { id, dataset_id: datasetId, ...facts, ...times })
  for (const [at, name] of chunks.entries()) {
    const period = new Date(Date.UTC(2020, at)).toISOString()
    await insert(database, 'revision_chunks', { revision_id: id, period_start: period, hash: hashOf(name) })
  }
}

async function addOwner(database: TestDatabase, owner: string | null, chunks: string[]): Promise<void> {
  if (owner !== null) {
    const name = NAMES.get(owner)
    const words = { name, email: `${name}@example.com`, username: name, password_hash: 'x' }
    await insert(database, 'users', { id: owner, ...words, ...now })
  }
  const id = placeOf(owner)
  const rules = { price_tick: 1, quantity_step: 1, minimum_notional: 0, maker_fee: 0, taker_fee: 0 }
  const named = { owner_id: owner, exchange: 'a', symbol: 'A/B', kind: 'spot', maintenance_margin_rate: 0 }
  await insert(database, 'instruments', { id, ...named, ...rules, ...now })
  await insert(database, 'datasets', { id, instrument_id: id, series: '1m', ...now })
  await addRevision(database, id, id, chunks)
}

async function addImport(database: TestDatabase, id: string, userId: string): Promise<void> {
  const named = { exchange: 'a', symbol: 'A/B', series: '1m', on_conflict: 'refuse' }
  await insert(database, 'imports', {
    ...{ id, user_id: userId, source: 'upload', state: 'running', ...named, ...now },
  })
}

async function addBacktest(database: TestDatabase, id: string, userId: string, key: string): Promise<void> {
  const strategy = { strategy_id: userId, version: 1 }
  const run = { name: 'x', note: '', result_key: hashOf(key), run: '{}', work: 1, bars_total: 1 }
  await insert(database, 'backtests', {
    ...{ id, user_id: userId, ...strategy, ...run, state: 'succeeded', created_at: 'now' },
  })
}

async function addResult(database: TestDatabase, key: string): Promise<void> {
  const tables = { daily: dataOf('daily'), trades: dataOf(key), orders: dataOf('orders') }
  await insert(database, 'backtest_results', {
    ...{ key: hashOf(key), summary: '{}', ...tables, created_at: 'now' },
  })
}

const stage = (database: TestDatabase, importId: string, chunk: string) =>
  insert(database, 'staged_chunks', { import_id: importId, period_start: 'now', hash: hashOf(chunk) })
const keep = (database: TestDatabase, revision: string, keeper: string) =>
  insert(database, 'revision_keepers', { revision_id: revision, keeper_id: keeper })

/** A database of the version before, with what deleted accounts and datasets have left in it. */
async function oldDatabase(): Promise<TestDatabase> {
  const database = await createEmptyDatabase()
  for (const migration of [accounts, marketData, strategies, backtests]) await migration.up(database.db)
  for (const name of ['common', 'bens', 'kept', 'removed', 'gone', 'unkept', 'unnamed', 'staged', 'lost']) {
    await addChunk(database, name)
  }
  await addOwner(database, null, ['common'])
  await addOwner(database, ADA, ['common'])
  await addOwner(database, BEN, ['common', 'bens'])
  for (const owner of [ADA, BEN]) {
    const text = { name: 'S', description: '', latest_version: 1 }
    await insert(database, 'strategies', { id: owner, user_id: owner, ...text, ...now })
    const version = { number: 1, note: '', hash: hashOf('S'), document: '{}', created_at: 'now' }
    await insert(database, 'strategy_versions', { strategy_id: owner, ...version })
  }
  await addBacktest(database, BACKTESTS.ada, ADA, 'both')
  await addBacktest(database, BACKTESTS.ben, BEN, 'both')
  await addBacktest(database, BACKTESTS.adaAgain, ADA, 'adas')
  await addBacktest(database, BACKTESTS.benLost, BEN, 'missing')
  for (const key of ['both', 'adas', 'unused']) await addResult(database, key)
  await addRevision(database, uuid(201), null, ['kept'])
  await keep(database, uuid(201), BACKTESTS.ada)
  await addRevision(database, uuid(202), null, ['removed'])
  await keep(database, uuid(202), BACKTESTS.ada)
  await keep(database, uuid(202), BACKTESTS.ben)
  await addRevision(database, uuid(203), null, ['gone'])
  await keep(database, uuid(203), uuid(999))
  await addRevision(database, uuid(204), null, ['unkept'])
  await keep(database, placeOf(ADA), uuid(999))
  await addImport(database, uuid(301), ADA)
  await stage(database, uuid(301), 'bens')
  await addImport(database, uuid(302), ADA)
  await stage(database, uuid(302), 'staged')
  await stage(database, uuid(999), 'lost')
  return database
}

const migrate = ({ db }: TestDatabase, step: typeof up) => db.transaction().execute((tx) => step(tx))

const NAME_OF_HASH = new Map(
  ['common', 'bens', 'kept', 'removed', 'gone', 'unkept', 'unnamed', 'staged', 'lost'].map((name) => [
    hashOf(name).toString('hex'),
    name,
  ]),
)

type StoredChunk = { key?: Buffer; owner_id?: string | null; hash: Buffer; data: Buffer }

/** Names of the chunks with their owners; their keys and data have to be right. */
async function chunksOf(database: TestDatabase): Promise<string[]> {
  const chunks = await select<StoredChunk>(database, 'SELECT * FROM chunks')
  return chunks
    .map(({ key, owner_id: owner = null, hash, data }) => {
      const name = NAME_OF_HASH.get(hash.toString('hex')) ?? 'unknown'
      if (key !== undefined) assert.deepEqual(key, ownerKey(owner, hash))
      assert.deepEqual(data, dataOf(name))
      return `${NAMES.get(owner)} ${name}`
    })
    .sort()
}

describe('the migration of a database whose accounts shared chunks and results', () => {
  let database: TestDatabase
  let schema: string[]
  before(async () => {
    database = await oldDatabase()
    schema = await describeSchema(database)
    await migrate(database, up)
  })
  after(() => database.drop())

  it('gives every owner a chunk of its own, and removes what nothing names', async () => {
    assert.deepEqual(
      await chunksOf(database),
      [
        ...['shared common', 'shared removed', 'ada common', 'ada kept', 'ada staged', 'ada bens'],
        ...['ben common', 'ben bens'],
      ].sort(),
    )
  })

  it('lets every revision name the chunks of its owner', async () => {
    const revisions = await select<{ id: string; owner: string | null; chunks: number; named: number }>(
      database,
      `SELECT r.id, r.owner_id AS owner, chunk_count AS chunks, count(c.key)::int AS named FROM dataset_revisions r
        JOIN revision_chunks n ON n.revision_id = r.id
        JOIN chunks c ON c.key = n.chunk_key AND c.owner_id IS NOT DISTINCT FROM r.owner_id
        GROUP BY r.id ORDER BY r.id`,
    )
    assert.deepEqual(revisions, [
      { id: placeOf(null), owner: null, chunks: 1, named: 1 },
      { id: placeOf(ADA), owner: ADA, chunks: 1, named: 1 },
      { id: placeOf(BEN), owner: BEN, chunks: 2, named: 2 },
      { id: uuid(201), owner: ADA, chunks: 1, named: 1 },
      { id: uuid(202), owner: null, chunks: 1, named: 1 },
    ])
    const keepers = await select<{ backtest_id: string }>(
      database,
      'SELECT backtest_id FROM revision_keepers',
    )
    assert.equal(keepers.length, 3)
    const staged = await select(
      database,
      `SELECT FROM staged_chunks JOIN chunks ON key = chunk_key AND owner_id = '${ADA}'`,
    )
    assert.equal(staged.length, 2)
  })

  it('gives every user a result of its own, and fails a backtest whose result is lost', async () => {
    const rows = await select<{ id: string; state: string; user: string; key: Buffer; bytes: number }>(
      database,
      `SELECT b.id, b.state, r.user_id AS user, r.key, r.bytes FROM backtests b
        LEFT JOIN backtest_results r ON r.key = b.result_key AND r.user_id = b.user_id ORDER BY b.id`,
    )
    const bytes = 2 + 3 * 9_000
    assert.deepEqual(rows, [
      ...[{ id: BACKTESTS.ada, state: 'succeeded', user: ADA, key: ownerKey(ADA, hashOf('both')), bytes }],
      ...[{ id: BACKTESTS.ben, state: 'succeeded', user: BEN, key: ownerKey(BEN, hashOf('both')), bytes }],
      ...[
        { id: BACKTESTS.adaAgain, state: 'succeeded', user: ADA, key: ownerKey(ADA, hashOf('adas')), bytes },
      ],
      ...[{ id: BACKTESTS.benLost, state: 'failed', user: null, key: null, bytes: null }],
    ])
    assert.equal((await select(database, 'SELECT FROM backtest_results')).length, 3)
  })

  it('lets an account go with everything, and leaves the others what they have', async (t) => {
    const other = await oldDatabase()
    t.after(() => other.drop())
    await migrate(other, up)
    await sql`DELETE FROM users WHERE id = ${ADA}`.execute(other.db)
    await deleteOwnerlessChunks(other.db, 100)
    await deleteOwnerlessResults(other.db, 100)
    assert.deepEqual(
      await chunksOf(other),
      ['shared common', 'shared removed', 'ben common', 'ben bens'].sort(),
    )
    for (const table of ['staged_chunks', 'imports']) {
      assert.equal((await select(other, `SELECT FROM ${table}`)).length, 0, table)
    }
    assert.equal((await select(other, 'SELECT FROM backtest_results')).length, 1)
    assert.equal((await select(other, 'SELECT FROM revision_keepers')).length, 1)
  })

  it('is taken back to the schema before, with one row for each content', async () => {
    await migrate(database, down)
    assert.deepEqual(await describeSchema(database), schema)
    assert.deepEqual(await chunksOf(database), [
      'shared bens',
      'shared common',
      'shared kept',
      'shared removed',
      'shared staged',
    ])
    const found = await select(database, 'SELECT FROM backtests JOIN backtest_results ON key = result_key')
    assert.equal(found.length, 3)
    await migrate(database, up)
    assert.equal((await chunksOf(database)).length, 8)
  })
})

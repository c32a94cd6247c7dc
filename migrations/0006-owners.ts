import { type Kysely, sql } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

/** Run the statements one after another. The role that migrates may make no temporary tables, so some are dropped again. */
async function run(db: Schema, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

/** Rows that deleted accounts and finished imports left behind while their tables had no foreign keys. */
const REMOVE_ORPHANS = [
  `DELETE FROM revision_keepers k WHERE NOT EXISTS (SELECT FROM backtests b WHERE b.id = k.keeper_id)`,
  `DELETE FROM dataset_revisions r WHERE dataset_id IS NULL
    AND NOT EXISTS (SELECT FROM revision_keepers k WHERE k.revision_id = r.id)`,
  `DELETE FROM staged_chunks s WHERE NOT EXISTS (SELECT FROM imports i WHERE i.id = s.import_id)`,
  `DELETE FROM backtest_results r WHERE NOT EXISTS (SELECT FROM backtests b WHERE b.result_key = r.key)`,
]

/**
 * A revision belongs to the owner of its dataset's instrument. Where the dataset is gone it belongs to the account whose
 * backtests keep it; only shared data can have been read by several accounts.
 */
const OWN_REVISIONS = [
  `ALTER TABLE dataset_revisions ADD COLUMN owner_id uuid, ADD COLUMN chunk_count integer`,
  `UPDATE dataset_revisions r SET
    owner_id = CASE WHEN r.dataset_id IS NOT NULL
      THEN (SELECT i.owner_id FROM datasets d JOIN instruments i ON i.id = d.instrument_id WHERE d.id = r.dataset_id)
      ELSE (SELECT CASE WHEN count(DISTINCT b.user_id) = 1 THEN (array_agg(b.user_id))[1] END
        FROM revision_keepers k JOIN backtests b ON b.id = k.keeper_id WHERE k.revision_id = r.id) END,
    chunk_count = (SELECT count(*) FROM revision_chunks c WHERE c.revision_id = r.id)`,
  `ALTER TABLE dataset_revisions ALTER COLUMN chunk_count SET NOT NULL,
    ADD CONSTRAINT dataset_revisions_owner FOREIGN KEY (owner_id) REFERENCES users ON DELETE CASCADE`,
  `CREATE INDEX dataset_revisions_by_owner ON dataset_revisions (owner_id) INCLUDE (chunk_count)`,
]

/** The key of an owner's chunk or result, as an expression over its owner and the hash of its content. */
const keyOf = (owner: string, hash: string) =>
  `CASE WHEN ${owner} IS NULL THEN ${hash} ELSE sha256(uuid_send(${owner}) || ${hash}) END`

/**
 * Gives each chunk to its owners. The first owner takes over the row, so that its data is not written again; each further
 * owner gets a copy. With the account a chunk only loses its owner, which is quick however large it is; a sweep removes it.
 */
const OWN_CHUNKS = [
  `CREATE TABLE chunk_owners AS
    SELECT hash, owner_id, row_number() OVER (PARTITION BY hash ORDER BY owner_id NULLS FIRST) AS place FROM (
      SELECT c.hash, r.owner_id FROM revision_chunks c JOIN dataset_revisions r ON r.id = c.revision_id
      UNION SELECT s.hash, i.user_id FROM staged_chunks s JOIN imports i ON i.id = s.import_id) owners`,
  `CREATE INDEX ON chunk_owners (hash)`,
  `ANALYZE chunk_owners`,
  `ALTER TABLE revision_chunks DROP CONSTRAINT revision_chunks_chunk`,
  `ALTER TABLE staged_chunks DROP CONSTRAINT staged_chunks_chunk`,
  `ALTER TABLE chunks DROP CONSTRAINT chunks_pk, ADD COLUMN key bytea, ADD COLUMN owner_id uuid`,
  `DELETE FROM chunks c WHERE NOT EXISTS (SELECT FROM chunk_owners o WHERE o.hash = c.hash)`,
  `UPDATE chunks c SET owner_id = o.owner_id, key = ${keyOf('o.owner_id', 'c.hash')}
    FROM chunk_owners o WHERE o.hash = c.hash AND o.place = 1`,
  `INSERT INTO chunks (key, owner_id, hash, data, bytes, bars, first_at, last_at, quality)
    SELECT ${keyOf('o.owner_id', 'c.hash')}, o.owner_id, c.hash, c.data, c.bytes, c.bars, c.first_at, c.last_at, c.quality
    FROM chunk_owners o JOIN chunks c ON c.hash = o.hash WHERE o.place > 1`,
  `ALTER TABLE chunks ADD CONSTRAINT chunks_pk PRIMARY KEY (key), ALTER COLUMN hash SET NOT NULL,
    ADD CONSTRAINT chunks_owner FOREIGN KEY (owner_id) REFERENCES users ON DELETE SET NULL,
    ADD CONSTRAINT chunks_key CHECK (owner_id IS NULL OR key = sha256(uuid_send(owner_id) || hash))`,
  `CREATE INDEX chunks_by_owner ON chunks (owner_id) INCLUDE (bytes)`,
  `CREATE INDEX chunks_ownerless ON chunks (key) WHERE owner_id IS NULL AND key <> hash`,
  `DROP TABLE chunk_owners`,
]

/**
 * References to chunks and to kept revisions are checked when the transaction ends: the deletion of an account removes both
 * sides by different foreign keys, in no certain order.
 */
const REFER_TO_KEYS = [
  `ALTER TABLE revision_chunks RENAME COLUMN hash TO chunk_key`,
  `ALTER INDEX revision_chunks_by_hash RENAME TO revision_chunks_by_key`,
  `UPDATE revision_chunks c SET chunk_key = ${keyOf('r.owner_id', 'c.chunk_key')}
    FROM dataset_revisions r WHERE r.id = c.revision_id AND r.owner_id IS NOT NULL`,
  `ALTER TABLE revision_chunks ADD CONSTRAINT revision_chunks_chunk
    FOREIGN KEY (chunk_key) REFERENCES chunks DEFERRABLE INITIALLY DEFERRED`,
  `ALTER TABLE staged_chunks RENAME COLUMN hash TO chunk_key`,
  `ALTER INDEX staged_chunks_by_hash RENAME TO staged_chunks_by_key`,
  `UPDATE staged_chunks s SET chunk_key = ${keyOf('i.user_id', 's.chunk_key')}
    FROM imports i WHERE i.id = s.import_id`,
  `ALTER TABLE staged_chunks
    ADD CONSTRAINT staged_chunks_chunk FOREIGN KEY (chunk_key) REFERENCES chunks DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT staged_chunks_import FOREIGN KEY (import_id) REFERENCES imports ON DELETE CASCADE`,
  `ALTER TABLE revision_keepers RENAME COLUMN keeper_id TO backtest_id`,
  `ALTER INDEX revision_keepers_by_keeper RENAME TO revision_keepers_by_backtest`,
  `ALTER TABLE revision_keepers DROP CONSTRAINT revision_keepers_revision,
    ADD CONSTRAINT revision_keepers_revision
      FOREIGN KEY (revision_id) REFERENCES dataset_revisions DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT revision_keepers_backtest FOREIGN KEY (backtest_id) REFERENCES backtests ON DELETE CASCADE`,
]

/** Results are shared within an account only. A backtest whose result is lost has failed. */
const OWN_RESULTS = [
  `UPDATE backtests b SET state = 'failed', error_code = 'internal_error',
      error_detail = 'The result was lost. Run the backtest again.'
    WHERE state = 'succeeded' AND NOT EXISTS (SELECT FROM backtest_results r WHERE r.key = b.result_key)`,
  `CREATE TABLE result_owners AS
    SELECT key, user_id, row_number() OVER (PARTITION BY key ORDER BY user_id) AS place
    FROM (SELECT DISTINCT result_key AS key, user_id FROM backtests) owners`,
  `CREATE INDEX ON result_owners (key)`,
  `ALTER TABLE backtest_results ADD COLUMN user_id uuid, ADD COLUMN bytes integer`,
  `INSERT INTO backtest_results (key, user_id, summary, daily, trades, orders, created_at)
    SELECT ${keyOf('o.user_id', 'r.key')}, o.user_id, r.summary, r.daily, r.trades, r.orders, r.created_at
    FROM result_owners o JOIN backtest_results r USING (key) WHERE o.place > 1`,
  `UPDATE backtest_results r SET key = ${keyOf('o.user_id', 'r.key')}, user_id = o.user_id
    FROM result_owners o WHERE o.key = r.key AND o.place = 1`,
  `DROP TABLE result_owners`,
  `UPDATE backtest_results SET
    bytes = octet_length(summary::text) + octet_length(daily) + octet_length(trades) + octet_length(orders)`,
  `ALTER TABLE backtest_results ALTER COLUMN bytes SET NOT NULL,
    ADD CONSTRAINT backtest_results_user FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL`,
  `CREATE INDEX backtest_results_ownerless ON backtest_results (key) WHERE user_id IS NULL`,
  `CREATE INDEX backtest_results_by_user ON backtest_results (user_id) INCLUDE (bytes)`,
  `UPDATE backtests SET result_key = ${keyOf('user_id', 'result_key')}`,
]

/** Stored bytes of rows that are kept without an end. A backtest's name and note stand in its events as well. */
const COUNT_BYTES = [
  `ALTER TABLE backtests ADD COLUMN bytes integer NOT NULL GENERATED ALWAYS AS
    (2048 + 3 * (octet_length(name) + octet_length(note)) + octet_length(run::text)) STORED`,
  `CREATE INDEX backtests_bytes ON backtests (user_id) INCLUDE (bytes)`,
  `ALTER TABLE strategy_versions ADD COLUMN bytes integer NOT NULL GENERATED ALWAYS AS
    (512 + octet_length(note) + octet_length(document::text)) STORED`,
  `CREATE INDEX strategy_versions_bytes ON strategy_versions (strategy_id) INCLUDE (bytes)`,
  `CREATE INDEX backtest_events_progress ON backtest_events (backtest_id) WHERE event = 'progress'`,
]

export async function up(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await run(db, REMOVE_ORPHANS)
  await run(db, OWN_REVISIONS)
  await run(db, OWN_CHUNKS)
  await run(db, REFER_TO_KEYS)
  await run(db, OWN_RESULTS)
  await run(db, COUNT_BYTES)
}

const UNCOUNT_BYTES = [
  `DROP INDEX backtest_events_progress, backtests_bytes, strategy_versions_bytes`,
  `ALTER TABLE strategy_versions DROP COLUMN bytes`,
  `ALTER TABLE backtests DROP COLUMN bytes`,
]

/** Results keep their keys: their backtests name them by these, and an equal run is computed again. */
const DISOWN_RESULTS = [`ALTER TABLE backtest_results DROP COLUMN user_id, DROP COLUMN bytes`]

/** One row is left of each content, and everything names its content again. */
const DISOWN_CHUNKS = [
  `ALTER TABLE revision_keepers DROP CONSTRAINT revision_keepers_backtest,
    DROP CONSTRAINT revision_keepers_revision,
    ADD CONSTRAINT revision_keepers_revision FOREIGN KEY (revision_id) REFERENCES dataset_revisions`,
  `ALTER TABLE revision_keepers RENAME COLUMN backtest_id TO keeper_id`,
  `ALTER INDEX revision_keepers_by_backtest RENAME TO revision_keepers_by_keeper`,
  `ALTER TABLE revision_chunks DROP CONSTRAINT revision_chunks_chunk`,
  `ALTER TABLE staged_chunks DROP CONSTRAINT staged_chunks_chunk, DROP CONSTRAINT staged_chunks_import`,
  `UPDATE revision_chunks n SET chunk_key = c.hash FROM chunks c WHERE c.key = n.chunk_key AND c.key <> c.hash`,
  `UPDATE staged_chunks n SET chunk_key = c.hash FROM chunks c WHERE c.key = n.chunk_key AND c.key <> c.hash`,
  `DELETE FROM chunks c USING chunks other WHERE other.hash = c.hash AND other.key < c.key`,
  `ALTER TABLE chunks DROP COLUMN key, DROP COLUMN owner_id, ADD CONSTRAINT chunks_pk PRIMARY KEY (hash)`,
  `ALTER TABLE revision_chunks RENAME COLUMN chunk_key TO hash`,
  `ALTER INDEX revision_chunks_by_key RENAME TO revision_chunks_by_hash`,
  `ALTER TABLE revision_chunks ADD CONSTRAINT revision_chunks_chunk FOREIGN KEY (hash) REFERENCES chunks`,
  `ALTER TABLE staged_chunks RENAME COLUMN chunk_key TO hash`,
  `ALTER INDEX staged_chunks_by_key RENAME TO staged_chunks_by_hash`,
  `ALTER TABLE staged_chunks ADD CONSTRAINT staged_chunks_chunk FOREIGN KEY (hash) REFERENCES chunks`,
  `ALTER TABLE dataset_revisions DROP COLUMN owner_id, DROP COLUMN chunk_count`,
]

export async function down(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await run(db, UNCOUNT_BYTES)
  await run(db, DISOWN_RESULTS)
  await run(db, DISOWN_CHUNKS)
}

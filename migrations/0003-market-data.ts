import { type Kysely, sql } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

export async function up(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`
    CREATE TABLE instruments (
      id uuid CONSTRAINT instruments_pk PRIMARY KEY,
      owner_id uuid CONSTRAINT instruments_owner REFERENCES users ON DELETE CASCADE,
      exchange text NOT NULL CONSTRAINT instruments_exchange_form CHECK (exchange ~ '^[a-z0-9_-]{1,40}$'),
      symbol text NOT NULL CONSTRAINT instruments_symbol_form CHECK (symbol ~ '^[A-Za-z0-9._/:-]{1,60}$'),
      kind text NOT NULL CONSTRAINT instruments_kind CHECK (kind IN ('spot', 'linear')),
      price_tick float8 NOT NULL CONSTRAINT instruments_price_tick CHECK (price_tick > 0),
      quantity_step float8 NOT NULL CONSTRAINT instruments_quantity_step CHECK (quantity_step > 0),
      minimum_notional float8 NOT NULL CONSTRAINT instruments_minimum_notional CHECK (minimum_notional >= 0),
      maker_fee float8 NOT NULL,
      taker_fee float8 NOT NULL,
      maintenance_margin_rate float8 NOT NULL
        CONSTRAINT instruments_maintenance CHECK (maintenance_margin_rate >= 0 AND maintenance_margin_rate < 1),
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      CONSTRAINT instruments_unique UNIQUE NULLS NOT DISTINCT (owner_id, exchange, symbol)
    )`.execute(db)
  await sql`
    CREATE TABLE datasets (
      id uuid CONSTRAINT datasets_pk PRIMARY KEY,
      instrument_id uuid NOT NULL CONSTRAINT datasets_instrument REFERENCES instruments ON DELETE CASCADE,
      series text NOT NULL CONSTRAINT datasets_series CHECK (series IN
        ('1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '1w', '1M', 'funding')),
      is_synthetic boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      CONSTRAINT datasets_unique UNIQUE (instrument_id, series)
    )`.execute(db)
  await sql`
    CREATE TABLE chunks (
      hash bytea CONSTRAINT chunks_pk PRIMARY KEY CONSTRAINT chunks_hash_length CHECK (octet_length(hash) = 32),
      data bytea NOT NULL,
      bytes integer NOT NULL,
      bars integer NOT NULL,
      first_at timestamptz NOT NULL,
      last_at timestamptz NOT NULL,
      quality jsonb NOT NULL
    )`.execute(db)
  // They are compressed already, and read whole.
  await sql`ALTER TABLE chunks ALTER COLUMN data SET STORAGE EXTERNAL`.execute(db)
  await sql`
    CREATE TABLE dataset_revisions (
      id uuid CONSTRAINT dataset_revisions_pk PRIMARY KEY,
      dataset_id uuid CONSTRAINT dataset_revisions_dataset REFERENCES datasets ON DELETE SET NULL,
      series text NOT NULL,
      hash bytea NOT NULL,
      bars bigint NOT NULL,
      bytes bigint NOT NULL,
      first_at timestamptz NOT NULL,
      last_at timestamptz NOT NULL,
      quality jsonb NOT NULL,
      created_at timestamptz NOT NULL,
      superseded_at timestamptz
    )`.execute(db)
  await sql`CREATE UNIQUE INDEX dataset_revisions_current ON dataset_revisions (dataset_id)
    WHERE superseded_at IS NULL`.execute(db)
  await sql`CREATE INDEX dataset_revisions_by_dataset ON dataset_revisions (dataset_id)`.execute(db)
  await sql`CREATE INDEX dataset_revisions_by_end ON dataset_revisions (superseded_at)
    WHERE superseded_at IS NOT NULL`.execute(db)
  await sql`CREATE INDEX dataset_revisions_orphans ON dataset_revisions (id) WHERE dataset_id IS NULL`.execute(
    db,
  )
  await sql`
    CREATE TABLE revision_chunks (
      revision_id uuid NOT NULL CONSTRAINT revision_chunks_revision REFERENCES dataset_revisions ON DELETE CASCADE,
      period_start timestamptz NOT NULL,
      hash bytea NOT NULL CONSTRAINT revision_chunks_chunk REFERENCES chunks,
      CONSTRAINT revision_chunks_pk PRIMARY KEY (revision_id, period_start)
    )`.execute(db)
  await sql`CREATE INDEX revision_chunks_by_hash ON revision_chunks (hash)`.execute(db)
  await sql`
    CREATE TABLE revision_keepers (
      revision_id uuid NOT NULL CONSTRAINT revision_keepers_revision REFERENCES dataset_revisions,
      keeper_id uuid NOT NULL,
      CONSTRAINT revision_keepers_pk PRIMARY KEY (revision_id, keeper_id)
    )`.execute(db)
  await sql`CREATE INDEX revision_keepers_by_keeper ON revision_keepers (keeper_id)`.execute(db)
  await sql`
    CREATE TABLE imports (
      id uuid CONSTRAINT imports_pk PRIMARY KEY,
      user_id uuid NOT NULL CONSTRAINT imports_user REFERENCES users ON DELETE CASCADE,
      source text NOT NULL CONSTRAINT imports_source CHECK (source IN ('upload', 'exchange')),
      state text NOT NULL CONSTRAINT imports_state
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
      exchange text NOT NULL,
      symbol text NOT NULL,
      series text NOT NULL,
      on_conflict text NOT NULL CONSTRAINT imports_on_conflict CHECK (on_conflict IN ('refuse', 'replace')),
      range_from timestamptz,
      range_to timestamptz,
      next_from timestamptz,
      dataset_id uuid CONSTRAINT imports_dataset REFERENCES datasets ON DELETE SET NULL,
      progress float8 NOT NULL DEFAULT 0,
      bars_read bigint NOT NULL DEFAULT 0,
      bars_added bigint NOT NULL DEFAULT 0,
      failures integer NOT NULL DEFAULT 0,
      last_event integer NOT NULL DEFAULT 0,
      error_code text,
      error_detail text,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      finished_at timestamptz
    )`.execute(db)
  await sql`CREATE INDEX imports_by_user ON imports (user_id, created_at DESC, id DESC)`.execute(db)
  await sql`CREATE INDEX imports_by_dataset ON imports (dataset_id)`.execute(db)
  await sql`CREATE INDEX imports_unfinished ON imports (user_id, updated_at)
    WHERE state IN ('queued', 'running')`.execute(db)
  await sql`CREATE INDEX imports_finished ON imports (finished_at) WHERE finished_at IS NOT NULL`.execute(db)
  await sql`
    CREATE TABLE import_events (
      import_id uuid NOT NULL CONSTRAINT import_events_import REFERENCES imports ON DELETE CASCADE,
      number integer NOT NULL,
      event text NOT NULL,
      data jsonb NOT NULL,
      CONSTRAINT import_events_pk PRIMARY KEY (import_id, number)
    )`.execute(db)
  // No reference to the import: what an account leaves here when it goes is swept away with its chunks.
  await sql`
    CREATE TABLE staged_chunks (
      import_id uuid NOT NULL,
      period_start timestamptz NOT NULL,
      hash bytea NOT NULL CONSTRAINT staged_chunks_chunk REFERENCES chunks,
      CONSTRAINT staged_chunks_pk PRIMARY KEY (import_id, period_start)
    )`.execute(db)
  await sql`CREATE INDEX staged_chunks_by_hash ON staged_chunks (hash)`.execute(db)
  // Its row says that the sample was installed once: what an operator removes stays removed.
  await sql`
    CREATE TABLE sample_data (
      id boolean CONSTRAINT sample_data_pk PRIMARY KEY DEFAULT true CONSTRAINT sample_data_one_row CHECK (id),
      installed_at timestamptz NOT NULL
    )`.execute(db)
}

export async function down(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`DROP TABLE sample_data, staged_chunks, import_events, imports, revision_keepers, revision_chunks, dataset_revisions,
    chunks, datasets, instruments`.execute(db)
}

import { type Kysely, sql } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

export async function up(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`
    CREATE TABLE backtest_results (
      key bytea CONSTRAINT backtest_results_pk PRIMARY KEY
        CONSTRAINT backtest_results_key_length CHECK (octet_length(key) = 32),
      summary json NOT NULL,
      daily bytea NOT NULL,
      trades bytea NOT NULL,
      orders bytea NOT NULL,
      created_at timestamptz NOT NULL
    )`.execute(db)
  // They are compressed already, and read whole.
  await sql`ALTER TABLE backtest_results ALTER COLUMN daily SET STORAGE EXTERNAL,
    ALTER COLUMN trades SET STORAGE EXTERNAL, ALTER COLUMN orders SET STORAGE EXTERNAL`.execute(db)
  await sql`
    CREATE TABLE backtests (
      id uuid CONSTRAINT backtests_pk PRIMARY KEY,
      user_id uuid NOT NULL CONSTRAINT backtests_user REFERENCES users ON DELETE CASCADE,
      strategy_id uuid NOT NULL,
      version integer NOT NULL,
      name text NOT NULL CONSTRAINT backtests_name_length CHECK (char_length(name) <= 200),
      note text NOT NULL CONSTRAINT backtests_note_length CHECK (char_length(note) <= 10000),
      is_favourite boolean NOT NULL DEFAULT false,
      result_key bytea NOT NULL,
      run json NOT NULL,
      work float8 NOT NULL,
      state text NOT NULL CONSTRAINT backtests_state
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
      bars_total bigint NOT NULL,
      bars_done bigint NOT NULL DEFAULT 0,
      attempts integer NOT NULL DEFAULT 0,
      runner_id uuid,
      heartbeat_at timestamptz,
      is_cancelling boolean NOT NULL DEFAULT false,
      last_event integer NOT NULL DEFAULT 0,
      error_code text,
      error_detail text,
      created_at timestamptz NOT NULL,
      started_at timestamptz,
      finished_at timestamptz,
      CONSTRAINT backtests_version FOREIGN KEY (strategy_id, version)
        REFERENCES strategy_versions (strategy_id, number) ON DELETE CASCADE,
      CONSTRAINT backtests_runner CHECK ((state = 'running') = (runner_id IS NOT NULL))
    )`.execute(db)
  await sql`CREATE INDEX backtests_by_user ON backtests (user_id, created_at DESC, id DESC)`.execute(db)
  await sql`CREATE INDEX backtests_by_strategy ON backtests (strategy_id, created_at DESC, id DESC)`.execute(
    db,
  )
  await sql`CREATE INDEX backtests_by_version ON backtests (strategy_id, version)`.execute(db)
  await sql`CREATE INDEX backtests_by_key ON backtests (user_id, result_key)`.execute(db)
  await sql`CREATE INDEX backtests_results ON backtests (result_key)`.execute(db)
  await sql`CREATE INDEX backtests_queued ON backtests (user_id, created_at, id) WHERE state = 'queued'`.execute(
    db,
  )
  await sql`CREATE INDEX backtests_running ON backtests (user_id, heartbeat_at) WHERE state = 'running'`.execute(
    db,
  )
  await sql`CREATE INDEX backtests_started ON backtests (user_id, started_at) WHERE started_at IS NOT NULL`.execute(
    db,
  )
  await sql`
    CREATE TABLE backtest_events (
      backtest_id uuid NOT NULL CONSTRAINT backtest_events_backtest REFERENCES backtests ON DELETE CASCADE,
      number integer NOT NULL,
      event text NOT NULL,
      data jsonb NOT NULL,
      CONSTRAINT backtest_events_pk PRIMARY KEY (backtest_id, number)
    )`.execute(db)
  await sql`
    CREATE TABLE idempotency_keys (
      user_id uuid NOT NULL CONSTRAINT idempotency_keys_user REFERENCES users ON DELETE CASCADE,
      key text NOT NULL CONSTRAINT idempotency_keys_length CHECK (char_length(key) BETWEEN 1 AND 255),
      body_hash bytea NOT NULL,
      backtest_id uuid NOT NULL CONSTRAINT idempotency_keys_backtest REFERENCES backtests ON DELETE CASCADE,
      created_at timestamptz NOT NULL,
      CONSTRAINT idempotency_keys_pk PRIMARY KEY (user_id, key)
    )`.execute(db)
  await sql`CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)`.execute(db)
  await sql`CREATE INDEX idempotency_keys_by_backtest ON idempotency_keys (backtest_id)`.execute(db)
  // Work of the last day, for the quota: what is deleted has been done all the same.
  await sql`
    CREATE TABLE backtest_work (
      user_id uuid NOT NULL CONSTRAINT backtest_work_user REFERENCES users ON DELETE CASCADE,
      day date NOT NULL,
      work float8 NOT NULL,
      CONSTRAINT backtest_work_pk PRIMARY KEY (user_id, day)
    )`.execute(db)
}

export async function down(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`DROP TABLE backtest_work, idempotency_keys, backtest_events, backtests, backtest_results`.execute(
    db,
  )
}

import { type Kysely, sql } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

export async function up(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`
    CREATE TABLE strategies (
      id uuid CONSTRAINT strategies_pk PRIMARY KEY,
      user_id uuid NOT NULL CONSTRAINT strategies_user REFERENCES users ON DELETE CASCADE,
      name text NOT NULL CONSTRAINT strategies_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
      description text NOT NULL
        CONSTRAINT strategies_description_length CHECK (char_length(description) <= 2000),
      latest_version integer NOT NULL CONSTRAINT strategies_latest_version CHECK (latest_version >= 1),
      archived_at timestamptz,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL
    )`.execute(db)
  await sql`CREATE INDEX strategies_by_user ON strategies (user_id, updated_at DESC, id DESC)`.execute(db)
  await sql`
    CREATE TABLE strategy_versions (
      strategy_id uuid NOT NULL CONSTRAINT strategy_versions_strategy REFERENCES strategies ON DELETE CASCADE,
      number integer NOT NULL,
      note text NOT NULL CONSTRAINT strategy_versions_note_length CHECK (char_length(note) <= 1000),
      hash bytea NOT NULL CONSTRAINT strategy_versions_hash_length CHECK (octet_length(hash) = 32),
      document json NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT strategy_versions_pk PRIMARY KEY (strategy_id, number)
    )`.execute(db)
  await sql`
    CREATE FUNCTION strategy_versions_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'strategy_versions are immutable';
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER strategy_versions_immutable BEFORE UPDATE ON strategy_versions
    FOR EACH ROW EXECUTE FUNCTION strategy_versions_refuse_update()`.execute(db)
}

export async function down(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`DROP TABLE strategy_versions, strategies`.execute(db)
  await sql`DROP FUNCTION strategy_versions_refuse_update()`.execute(db)
}

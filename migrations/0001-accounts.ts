import { type Kysely, sql } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

export async function up(db: Schema): Promise<void> {
  await sql`
    CREATE TABLE users (
      id uuid CONSTRAINT users_pk PRIMARY KEY,
      name text NOT NULL CONSTRAINT users_name_length CHECK (char_length(name) BETWEEN 1 AND 50),
      email text NOT NULL CONSTRAINT users_email_unique UNIQUE
        CONSTRAINT users_email_length CHECK (char_length(email) <= 254),
      username text NOT NULL CONSTRAINT users_username_form CHECK (username ~ '^[A-Za-z0-9_-]{3,50}$'),
      password_hash text NOT NULL,
      country_code integer,
      phone text CONSTRAINT users_phone_form CHECK (phone ~ '^\\+?[0-9]{4,15}$'),
      pending_email text CONSTRAINT users_pending_email_length CHECK (char_length(pending_email) <= 254),
      pending_email_expires_at timestamptz,
      has_signed_in boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      CONSTRAINT users_pending_email_whole CHECK ((pending_email IS NULL) = (pending_email_expires_at IS NULL))
    )`.execute(db)
  await sql`CREATE UNIQUE INDEX users_username_unique ON users (lower(username COLLATE "C"))`.execute(db)
  await sql`CREATE INDEX users_by_pending_email_expiry ON users (pending_email_expires_at)
    WHERE pending_email_expires_at IS NOT NULL`.execute(db)
  await sql`
    CREATE TABLE pending_registrations (
      id uuid CONSTRAINT pending_registrations_pk PRIMARY KEY,
      name text NOT NULL,
      email text NOT NULL,
      username text NOT NULL,
      password_hash text NOT NULL,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    )`.execute(db)
  await sql`CREATE INDEX pending_registrations_by_email ON pending_registrations (email, created_at DESC, id DESC)`.execute(
    db,
  )
  await sql`CREATE INDEX pending_registrations_by_username
    ON pending_registrations (lower(username COLLATE "C"), created_at DESC, id DESC)`.execute(db)
  await sql`CREATE INDEX pending_registrations_by_expiry ON pending_registrations (expires_at)`.execute(db)
  await sql`
    CREATE TABLE one_time_codes (
      id uuid CONSTRAINT one_time_codes_pk PRIMARY KEY,
      key_id text NOT NULL,
      purpose text NOT NULL CONSTRAINT one_time_codes_purpose
        CHECK (purpose IN ('verification', 'password_reset', 'email_change')),
      registration_id uuid CONSTRAINT one_time_codes_registration REFERENCES pending_registrations ON DELETE CASCADE,
      user_id uuid CONSTRAINT one_time_codes_user REFERENCES users ON DELETE CASCADE,
      new_email text,
      attempts smallint NOT NULL DEFAULT 0,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      CONSTRAINT one_time_codes_one_subject CHECK (
        CASE WHEN purpose = 'verification' THEN registration_id IS NOT NULL AND user_id IS NULL
             ELSE user_id IS NOT NULL AND registration_id IS NULL END),
      CONSTRAINT one_time_codes_new_email CHECK ((purpose = 'email_change') = (new_email IS NOT NULL)),
      CONSTRAINT one_time_codes_one_per_registration UNIQUE (registration_id),
      CONSTRAINT one_time_codes_one_per_user UNIQUE (user_id, purpose)
    )`.execute(db)
  await sql`CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at)`.execute(db)
  await sql`
    CREATE TABLE sessions (
      id uuid CONSTRAINT sessions_pk PRIMARY KEY,
      user_id uuid NOT NULL CONSTRAINT sessions_user REFERENCES users ON DELETE CASCADE,
      generation integer NOT NULL DEFAULT 0,
      created_at timestamptz NOT NULL,
      rotated_at timestamptz NOT NULL,
      authenticated_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      user_agent text NOT NULL,
      ip_address text NOT NULL
    )`.execute(db)
  await sql`CREATE INDEX sessions_by_user ON sessions (user_id, created_at DESC, id DESC)`.execute(db)
  await sql`CREATE INDEX sessions_by_expiry ON sessions (expires_at)`.execute(db)
  await sql`
    CREATE TABLE known_addresses (
      user_id uuid NOT NULL CONSTRAINT known_addresses_user REFERENCES users ON DELETE CASCADE,
      address_key text NOT NULL,
      last_sign_in_at timestamptz NOT NULL,
      CONSTRAINT known_addresses_pk PRIMARY KEY (user_id, address_key)
    )`.execute(db)
  await sql`CREATE INDEX known_addresses_by_age ON known_addresses (last_sign_in_at)`.execute(db)
  await sql`
    CREATE TABLE account_events (
      id uuid CONSTRAINT account_events_pk PRIMARY KEY,
      user_id uuid CONSTRAINT account_events_user REFERENCES users ON DELETE CASCADE,
      event text NOT NULL,
      outcome text NOT NULL CONSTRAINT account_events_outcome CHECK (outcome IN ('success', 'failure')),
      ip_address text,
      user_agent text,
      created_at timestamptz NOT NULL
    )`.execute(db)
  await sql`CREATE INDEX account_events_by_user ON account_events (user_id, created_at DESC, id DESC)`.execute(
    db,
  )
  await sql`CREATE INDEX account_events_by_age ON account_events (created_at)`.execute(db)
  await sql`
    CREATE FUNCTION account_events_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'account_events is append-only';
    END $$`.execute(db)
  await sql`
    CREATE TRIGGER account_events_append_only BEFORE UPDATE ON account_events
    FOR EACH ROW EXECUTE FUNCTION account_events_refuse_update()`.execute(db)
  // The limiter library's own table: the columns and their order are its.
  await sql`
    CREATE TABLE rate_limits (
      key varchar(255) CONSTRAINT rate_limits_pk PRIMARY KEY,
      points integer NOT NULL DEFAULT 0,
      expire bigint
    )`.execute(db)
  await sql`CREATE INDEX rate_limits_by_expiry ON rate_limits (expire)`.execute(db)
  await sql`
    CREATE TABLE job_processes (
      id uuid CONSTRAINT job_processes_pk PRIMARY KEY,
      worker_ids text[] NOT NULL,
      seen_at timestamptz NOT NULL
    )`.execute(db)
}

export async function down(db: Schema): Promise<void> {
  await sql`DROP TABLE job_processes, rate_limits, account_events, known_addresses, sessions, one_time_codes, pending_registrations, users`.execute(
    db,
  )
  await sql`DROP FUNCTION account_events_refuse_update()`.execute(db)
}

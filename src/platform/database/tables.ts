import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely'

type OnCreate<T> = ColumnType<T, T, never>

export type UsersTable = {
  id: OnCreate<string>
  name: string
  email: string
  username: string
  password_hash: string
  country_code: number | null
  phone: string | null
  pending_email: string | null
  pending_email_expires_at: Date | null
  /** Known addresses are forgotten after a while; that there was a first sign-in is not. */
  has_signed_in: Generated<boolean>
  created_at: OnCreate<Date>
  updated_at: Date
}

export type UserRow = Selectable<UsersTable>

export type PendingRegistrationsTable = {
  id: OnCreate<string>
  name: OnCreate<string>
  email: OnCreate<string>
  username: OnCreate<string>
  password_hash: OnCreate<string>
  created_at: OnCreate<Date>
  expires_at: OnCreate<Date>
}

export type CodePurpose = 'verification' | 'password_reset' | 'email_change'

export type OneTimeCodesTable = {
  id: string
  /** Names the key that the digits are cut with. */
  key_id: string
  purpose: OnCreate<CodePurpose>
  registration_id: OnCreate<string | null>
  user_id: OnCreate<string | null>
  /** The address that a change of address is for. */
  new_email: string | null
  attempts: number
  created_at: Date
  expires_at: Date
}

export type SessionsTable = {
  id: OnCreate<string>
  user_id: OnCreate<string>
  generation: Generated<number>
  created_at: OnCreate<Date>
  rotated_at: Date
  authenticated_at: Date
  expires_at: Date
  user_agent: OnCreate<string>
  ip_address: OnCreate<string>
}

export type SessionRow = Selectable<SessionsTable>

export type KnownAddressesTable = {
  user_id: OnCreate<string>
  address_key: OnCreate<string>
  last_sign_in_at: Date
}

export type AccountEventsTable = {
  id: OnCreate<string>
  user_id: OnCreate<string | null>
  event: OnCreate<string>
  outcome: OnCreate<'success' | 'failure'>
  ip_address: OnCreate<string | null>
  user_agent: OnCreate<string | null>
  created_at: OnCreate<Date>
}

export type RateLimitsTable = {
  key: string
  points: number
  expire: string | null
  /** Of the points; only a limit of failures counts them. */
  failures: Generated<number>
}

/** Null is shared with everybody. */
type Owner = OnCreate<string | null>

export type InstrumentKind = 'spot' | 'linear'

export type InstrumentsTable = {
  id: OnCreate<string>
  owner_id: Owner
  exchange: OnCreate<string>
  symbol: OnCreate<string>
  kind: InstrumentKind
  price_tick: number
  quantity_step: number
  minimum_notional: number
  maker_fee: number
  taker_fee: number
  maintenance_margin_rate: number
  created_at: OnCreate<Date>
  updated_at: Date
}

export type InstrumentRow = Selectable<InstrumentsTable>

export type DatasetsTable = {
  id: OnCreate<string>
  instrument_id: OnCreate<string>
  /** A timeframe, or `funding`. */
  series: OnCreate<string>
  is_synthetic: OnCreate<boolean>
  created_at: OnCreate<Date>
  updated_at: Date
}

/** JSON is written as text and read as it is. */
type Json = ColumnType<unknown, string, string>
/** The driver reads eight bytes as text. */
type BigInt8 = ColumnType<string, number, number>

export type ChunksTable = {
  /** SHA-256 of the owner's id and the hash, so that accounts share no row; the hash itself for shared data. */
  key: OnCreate<Buffer>
  /** Null for shared data, and for what a deleted account has left until it is swept away (then the key is not the hash). */
  owner_id: Owner
  /** Of the rows, whoever owns them. */
  hash: OnCreate<Buffer>
  data: OnCreate<Buffer>
  bytes: OnCreate<number>
  bars: OnCreate<number>
  first_at: OnCreate<Date>
  last_at: OnCreate<Date>
  quality: Json
}

export type DatasetRevisionsTable = {
  id: OnCreate<string>
  owner_id: Owner
  /** Null once the dataset is deleted. */
  dataset_id: string | null
  series: OnCreate<string>
  hash: OnCreate<Buffer>
  bars: BigInt8
  bytes: BigInt8
  chunk_count: OnCreate<number>
  first_at: OnCreate<Date>
  last_at: OnCreate<Date>
  quality: Json
  created_at: OnCreate<Date>
  superseded_at: Date | null
}

export type RevisionChunksTable = {
  revision_id: OnCreate<string>
  period_start: OnCreate<Date>
  chunk_key: OnCreate<Buffer>
}

export type RevisionKeepersTable = { revision_id: OnCreate<string>; backtest_id: OnCreate<string> }

export type ImportSource = 'upload' | 'exchange'
export type ImportState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

export type ImportsTable = {
  id: OnCreate<string>
  user_id: OnCreate<string>
  source: OnCreate<ImportSource>
  state: ImportState
  exchange: OnCreate<string>
  symbol: OnCreate<string>
  series: OnCreate<string>
  on_conflict: OnCreate<'refuse' | 'replace'>
  range_from: Date | null
  range_to: Date | null
  /** Where an import from an exchange goes on. */
  next_from: Date | null
  dataset_id: string | null
  /** From 0 to 1. */
  progress: Generated<number>
  bars_read: ColumnType<string, number | undefined, number>
  bars_added: ColumnType<string, number | undefined, number>
  /** In a row, of an exchange. */
  failures: Generated<number>
  last_event: Generated<number>
  error_code: string | null
  error_detail: string | null
  created_at: OnCreate<Date>
  updated_at: Date
  finished_at: Date | null
}

export type ImportRow = Selectable<ImportsTable>

export type ImportEventsTable = {
  import_id: OnCreate<string>
  number: OnCreate<number>
  event: OnCreate<string>
  data: Json
}

export type StagedChunksTable = {
  import_id: OnCreate<string>
  period_start: OnCreate<Date>
  chunk_key: OnCreate<Buffer>
}

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

export type BacktestResultsTable = {
  /** SHA-256 of the user's id and the hash of everything that the result depends on. */
  key: OnCreate<Buffer>
  /** Null for what a deleted account has left until it is swept away. */
  user_id: OnCreate<string | null>
  summary: Json
  daily: Buffer
  trades: Buffer
  orders: Buffer
  /** Of the summary and the tables. */
  bytes: OnCreate<number>
  created_at: OnCreate<Date>
}

export type BacktestsTable = {
  id: OnCreate<string>
  user_id: OnCreate<string>
  strategy_id: OnCreate<string>
  version: OnCreate<number>
  name: string
  note: string
  is_favourite: ColumnType<boolean, boolean | undefined, boolean>
  result_key: OnCreate<Buffer>
  run: ColumnType<unknown, string, never>
  /** Storage of the row and its events. */
  bytes: GeneratedAlways<number>
  /** Bars × the cost of the rules for one bar. */
  work: OnCreate<number>
  /** Memory that it is estimated to take; 0 where that is not known. */
  memory_bytes: OnCreate<number>
  state: RunState
  bars_total: ColumnType<string, number, number>
  bars_done: ColumnType<string, number | undefined, number>
  attempts: Generated<number>
  /** The process that runs it. */
  runner_id: string | null
  heartbeat_at: Date | null
  is_cancelling: Generated<boolean>
  last_event: Generated<number>
  error_code: string | null
  error_detail: string | null
  created_at: OnCreate<Date>
  started_at: Date | null
  finished_at: Date | null
}

export type BacktestRow = Selectable<BacktestsTable>

export type BacktestEventsTable = {
  backtest_id: OnCreate<string>
  number: OnCreate<number>
  event: OnCreate<string>
  data: Json
}

export type IdempotencyKeysTable = {
  user_id: OnCreate<string>
  key: OnCreate<string>
  body_hash: Buffer
  backtest_id: string
  created_at: Date
}

export type BacktestWorkTable = { user_id: OnCreate<string>; day: OnCreate<string>; work: number }

export type StrategiesTable = {
  id: OnCreate<string>
  user_id: OnCreate<string>
  name: string
  description: string
  /** The number of its newest version; counting it up is how the next one gets its number. */
  latest_version: number
  archived_at: Date | null
  created_at: OnCreate<Date>
  updated_at: Date
}

export type StrategyRow = Selectable<StrategiesTable>

export type StrategyVersionsTable = {
  strategy_id: OnCreate<string>
  number: OnCreate<number>
  note: OnCreate<string>
  hash: OnCreate<Buffer>
  /** As it was sent: the order of its keys is kept. */
  document: ColumnType<unknown, string, never>
  created_at: OnCreate<Date>
  /** Storage of the row. */
  bytes: GeneratedAlways<number>
}

export type StrategyVersionRow = Selectable<StrategyVersionsTable>

/** One row at most. */
export type SampleDataTable = { id: Generated<boolean>; installed_at: OnCreate<Date> }

export type Database = {
  users: UsersTable
  pending_registrations: PendingRegistrationsTable
  one_time_codes: OneTimeCodesTable
  sessions: SessionsTable
  known_addresses: KnownAddressesTable
  account_events: AccountEventsTable
  rate_limits: RateLimitsTable
  instruments: InstrumentsTable
  datasets: DatasetsTable
  chunks: ChunksTable
  dataset_revisions: DatasetRevisionsTable
  revision_chunks: RevisionChunksTable
  revision_keepers: RevisionKeepersTable
  imports: ImportsTable
  import_events: ImportEventsTable
  staged_chunks: StagedChunksTable
  sample_data: SampleDataTable
  backtest_results: BacktestResultsTable
  backtests: BacktestsTable
  backtest_events: BacktestEventsTable
  idempotency_keys: IdempotencyKeysTable
  backtest_work: BacktestWorkTable
  strategies: StrategiesTable
  strategy_versions: StrategyVersionsTable
}

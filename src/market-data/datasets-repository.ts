import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import type { Quality } from './quality.ts'
import type { Series } from './series.ts'

/** A dataset with its instrument and its current revision. */
export type Dataset = {
  id: string
  ownerId: string | null
  instrumentId: string
  exchange: string
  symbol: string
  series: Series
  isSynthetic: boolean
  revisionId: string
  hash: Buffer
  bars: number
  bytes: number
  firstAt: Date
  lastAt: Date
  quality: Quality | null
  createdAt: Date
  updatedAt: Date
}

/** All that a user may see, with the current revisions. */
function visibleDatasets(db: Db, userId: string) {
  return db
    .selectFrom('datasets as d')
    .innerJoin('instruments as i', 'i.id', 'd.instrument_id')
    .innerJoin('dataset_revisions as r', (join) =>
      join.onRef('r.dataset_id', '=', 'd.id').on('r.superseded_at', 'is', null),
    )
    .where((where) => where.or([where('i.owner_id', '=', userId), where('i.owner_id', 'is', null)]))
}

type Visible = ReturnType<typeof visibleDatasets>

function withFacts(query: Visible) {
  return query.select([
    'd.id',
    'i.owner_id',
    'd.instrument_id',
    'i.exchange',
    'i.symbol',
    'd.series',
    'd.is_synthetic',
    'r.id as revision_id',
    'r.hash',
    'r.bars',
    'r.bytes',
    'r.first_at',
    'r.last_at',
    'r.quality',
    'd.created_at',
    'd.updated_at',
  ])
}

type Row = Awaited<ReturnType<ReturnType<typeof withFacts>['execute']>>[number]

function dataset(row: Row): Dataset {
  return {
    id: row.id,
    ownerId: row.owner_id,
    instrumentId: row.instrument_id,
    exchange: row.exchange,
    symbol: row.symbol,
    series: row.series as Series,
    isSynthetic: row.is_synthetic,
    revisionId: row.revision_id,
    hash: row.hash,
    bars: Number(row.bars),
    bytes: Number(row.bytes),
    firstAt: row.first_at,
    lastAt: row.last_at,
    quality: row.quality as Quality | null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** A dataset that the user has, or that is shared. */
export async function findDataset(db: Db, userId: string, id: string): Promise<Dataset | undefined> {
  const row = await withFacts(visibleDatasets(db, userId)).where('d.id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : dataset(row)
}

const SORTS = {
  symbol: 'i.symbol',
  timeframe: 'd.series',
  bars: 'r.bars',
  first_at: 'r.first_at',
  last_at: 'r.last_at',
  created_at: 'd.created_at',
  updated_at: 'd.updated_at',
} as const

type SortColumn = keyof typeof SORTS
export type DatasetSort = SortColumn | `-${SortColumn}`

export const DATASET_SORTS = Object.keys(SORTS).flatMap((name) => [name, `-${name}`]) as DatasetSort[]

export type DatasetFilter = {
  exchange?: string
  symbol?: string
  timeframe?: string
  kind?: 'candles' | 'funding'
  owner?: 'me' | 'shared'
  sort: DatasetSort
  page: number
  limit: number
}

/** A page of the datasets that a user has or that are shared. */
export async function findDatasets(
  db: Db,
  userId: string,
  filter: DatasetFilter,
): Promise<{ datasets: Dataset[]; total: number }> {
  const { exchange, symbol, timeframe, kind, owner, sort, page, limit } = filter
  let visible = visibleDatasets(db, userId)
  if (exchange !== undefined) visible = visible.where('i.exchange', '=', exchange)
  if (symbol !== undefined) visible = visible.where('i.symbol', '=', symbol)
  if (timeframe !== undefined) visible = visible.where('d.series', '=', timeframe)
  if (kind !== undefined) visible = visible.where('d.series', kind === 'funding' ? '=' : '!=', 'funding')
  if (owner !== undefined) visible = visible.where('i.owner_id', owner === 'me' ? 'is not' : 'is', null)
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const column = SORTS[sort.replace('-', '') as SortColumn]
  const [rows, { total }] = await Promise.all([
    withFacts(visible)
      .orderBy(column, direction)
      .orderBy('d.id', direction)
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    visible.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow(),
  ])
  return { datasets: rows.map(dataset), total }
}

/** Makes the dataset if it is not there, and locks it until the transaction ends. @returns its id */
export async function lockDataset(
  db: Db,
  instrumentId: string,
  series: Series,
  isSynthetic: boolean,
  now: Date,
): Promise<string> {
  const { id } = await db
    .insertInto('datasets')
    .values({
      id: randomUUIDv7(),
      instrument_id: instrumentId,
      series,
      is_synthetic: isSynthetic,
      created_at: now,
      updated_at: now,
    })
    // An update locks; what it waited for is then seen.
    .onConflict((conflict) => conflict.constraint('datasets_unique').doUpdateSet({ updated_at: now }))
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/**
 * Removes a dataset of the user's, and its instrument with its last dataset. Revisions stay while a backtest keeps them.
 * Call it under the lock of the user's storage. @returns whether it existed
 */
export async function deleteDataset(tx: Tx, userId: string, id: string, now: Date): Promise<boolean> {
  await sql`
    UPDATE dataset_revisions SET superseded_at = ${now}
    WHERE dataset_id = ${id} AND owner_id = ${userId} AND superseded_at IS NULL`.execute(tx)
  const { rows } = await sql<{ instrument_id: string }>`
    DELETE FROM datasets USING instruments
    WHERE datasets.id = ${id} AND instruments.id = instrument_id AND owner_id = ${userId}
    RETURNING instrument_id`.execute(tx)
  if (rows[0] === undefined) return false
  const { instrument_id: instrumentId } = rows[0]
  await sql`
    DELETE FROM instruments WHERE id = ${instrumentId}
      AND NOT EXISTS (SELECT FROM datasets WHERE instrument_id = ${instrumentId})`.execute(tx)
  return true
}

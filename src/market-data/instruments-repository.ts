import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import type { InstrumentKind, InstrumentRow } from '../platform/database/tables.ts'

/** How an instrument is traded: what the simulation of orders needs. */
export type TradingRules = {
  price_tick: number
  quantity_step: number
  minimum_notional: number
  maker_fee: number
  taker_fee: number
  maintenance_margin_rate: number
}

export type InstrumentFacts = TradingRules & { exchange: string; symbol: string; kind: InstrumentKind }

/** Finds the owner's instrument, or makes it. `changes` are written over what is known already. */
export async function saveInstrument(
  db: Db,
  ownerId: string | null,
  facts: InstrumentFacts,
  changes: Partial<TradingRules>,
  now: Date,
): Promise<string> {
  const { id } = await db
    .insertInto('instruments')
    .values({ ...facts, ...changes, id: randomUUIDv7(), owner_id: ownerId, created_at: now, updated_at: now })
    .onConflict((conflict) =>
      conflict.constraint('instruments_unique').doUpdateSet({ ...changes, updated_at: now }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export type InstrumentFilter = {
  exchange?: string
  kind?: InstrumentKind
  /** Part of the symbol, in any case. */
  search?: string
  sort: 'symbol' | '-symbol' | 'created_at' | '-created_at'
  page: number
  limit: number
}

function likePattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
}

/** A page of the instruments that a user has or that are shared. */
export async function findInstruments(
  db: Db,
  userId: string,
  filter: InstrumentFilter,
): Promise<{ instruments: InstrumentRow[]; total: number }> {
  const { exchange, kind, search, sort, page, limit } = filter
  let visible = db
    .selectFrom('instruments')
    .where((where) => where.or([where('owner_id', '=', userId), where('owner_id', 'is', null)]))
  if (exchange !== undefined) visible = visible.where('exchange', '=', exchange)
  if (kind !== undefined) visible = visible.where('kind', '=', kind)
  if (search !== undefined) visible = visible.where('symbol', 'ilike', likePattern(search))
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const column = sort.endsWith('symbol') ? 'symbol' : 'created_at'
  const [instruments, { total }] = await Promise.all([
    visible
      .selectAll()
      .orderBy(column, direction)
      .orderBy('id', direction)
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    visible.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow(),
  ])
  return { instruments, total }
}

import { sql } from 'kysely'
import type { Db } from './database.ts'

export type LoggedEvent = { number: number; event: string; data: unknown }

export type EventPage = {
  /** Oldest first. */
  events: LoggedEvent[]
  /** Whether nothing will follow them: their subject has ended, or was deleted. */
  isOver: boolean
}

/** Tables of subjects with a `state` and a `last_event`, and of their events. */
const LOGS = {
  backtests: { events: 'backtest_events', subject: 'backtest_id' },
  imports: { events: 'import_events', subject: 'import_id' },
} as const

const FINAL_STATES = ['succeeded', 'failed', 'cancelled']
const PAGE = 1_000

type Row = { state: string; last_event: number } & (LoggedEvent | { number: null })

/**
 * Reads the events of a subject after a number, together with its state, in one statement: a subject seen as ended has no
 * event that is still to come.
 * @param describe the data of a final event that is not in the log, because its process died before it was written or
 *   because it was pruned
 */
export async function readEvents(
  db: Db,
  log: keyof typeof LOGS,
  id: string,
  after: number,
  describe: () => Promise<unknown>,
): Promise<EventPage> {
  const { events: table, subject } = LOGS[log]
  const { rows } = await sql<Row>`
    SELECT s.state, s.last_event, e.number, e.event, e.data
    FROM ${sql.table(log)} s LEFT JOIN LATERAL (
      SELECT number, event, data FROM ${sql.table(table)}
      WHERE ${sql.ref(subject)} = s.id AND number > ${after} ORDER BY number LIMIT ${PAGE}) e ON true
    WHERE s.id = ${id} ORDER BY e.number`.execute(db)
  const [first] = rows
  if (first === undefined) return { events: [], isOver: true }
  const events = rows.flatMap((row) =>
    row.number === null ? [] : [{ number: row.number, event: row.event, data: row.data }],
  )
  if (events.length === PAGE || !FINAL_STATES.includes(first.state)) return { events, isOver: false }
  const last = events.at(-1)?.number ?? after
  if (last < first.last_event) {
    const data = await describe()
    if (data !== undefined) events.push({ number: first.last_event, event: first.state, data })
  }
  return { events, isOver: true }
}

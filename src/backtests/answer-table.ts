import type { FastifyReply, FastifyRequest } from 'fastify'
import { ROWS_TYPES } from '../market-data/market-schemas.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import { envelope } from '../platform/http/envelope.ts'
import { queuedStream } from '../platform/http/queued-stream.ts'
import type { Platform } from '../platform/platform.ts'
import { printable } from '../platform/text.ts'
import { answerSignal } from '../sessions/guard.ts'
import { tableAsArrow } from './tables/table-as-arrow.ts'
import { tableAsCsv } from './tables/table-as-csv.ts'
import { readPiece, rowsOf, sortView, type TableView, viewPieces } from './tables/table-view.ts'

type TableRequest = FastifyRequest<{ Querystring: { page: number; limit: number; sort?: string } }>

/** A table that is opened with a place in a queue. */
export type TableSource<Name extends string> = {
  name: string
  /** Memory for reading and sorting it. */
  bytes: number
  /** Wait for a place and use the table. */
  use<T>(signal: AbortSignal, task: (view: TableView<Name>) => Promise<T>): Promise<T>
}

/** A stream is cut off after it. */
const STREAM_SECONDS = 3_600

/** @throws AppError `validation_failed` where there is no such column */
async function orderOf<Name extends string>(view: TableView<Name>, sort: string | undefined) {
  if (sort === undefined) return null
  const name = sort.replace('-', '')
  const column = view.columns.find((found) => found.name === name)
  if (column === undefined) {
    throw new AppError('validation_failed', {
      detail: `There is no column ${printable(name)}.`,
      fields: { sort: `must be one of ${view.columns.map((found) => found.name).join(', ')}` },
    })
  }
  return sortView(view, column, sort.startsWith('-'))
}

/** Row numbers of a page. */
function pageOf(order: Uint32Array | null, total: number, page: number, limit: number): Uint32Array {
  const from = Math.min(total, (page - 1) * limit)
  const to = Math.min(total, from + limit)
  return order?.subarray(from, to) ?? Uint32Array.from({ length: to - from }, (_, at) => from + at)
}

/** Send a page of a backtest's table as JSON, or all of it as CSV or Arrow, as the client accepts it. */
export async function answerTable<Name extends string>(
  platform: Platform,
  row: BacktestRow,
  request: TableRequest,
  reply: FastifyReply,
  source: TableSource<Name>,
) {
  const accepted = String(request.headers.accept)
  if (accepted.includes(ROWS_TYPES.arrow)) return sendAll(platform, row, request, reply, source, 'arrow')
  if (accepted.includes(ROWS_TYPES.csv)) return sendAll(platform, row, request, reply, source, 'csv')
  const { page, limit, sort } = request.query
  return source.use(answerSignal(request), async (view) => {
    const { columns, table } = view
    const order = await orderOf(view, sort)
    const rows = rowsOf(columns, await readPiece(view, pageOf(order, table.rows, page, limit)))
    return envelope(platform.clock, { rows, total: table.rows, page, limit })
  })
}

async function sendAll<Name extends string>(
  { work }: Platform,
  row: BacktestRow,
  request: TableRequest,
  reply: FastifyReply,
  { name, bytes, use }: TableSource<Name>,
  type: 'arrow' | 'csv',
) {
  const signal = answerSignal(request)
  const place = await work.stream.enter({ userId: row.user_id, bytes, seconds: STREAM_SECONDS, signal })
  try {
    const { sort } = request.query
    const { view, order } = await use(signal, async (found) => ({
      view: found,
      order: await orderOf(found, sort),
    }))
    const { columns } = view
    const facts = { backtest_id: row.id, run_id: row.result_key.toString('hex'), table: name }
    const rows = viewPieces(view, order)
    const isArrow = type === 'arrow'
    reply.type(isArrow ? ROWS_TYPES.arrow : `${ROWS_TYPES.csv}; charset=utf-8`)
    reply.header(
      'content-disposition',
      `attachment; filename="${name}-${row.id}.${isArrow ? 'arrows' : 'csv'}"`,
    )
    return reply.send(
      queuedStream(place, isArrow ? tableAsArrow(columns, rows, facts) : tableAsCsv(columns, rows)),
    )
  } catch (error) {
    place.leave()
    throw error
  }
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import { ROWS_TYPES } from '../market-data/market-schemas.ts'
import type { Clock } from '../platform/clock.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import { envelope } from '../platform/http/envelope.ts'
import { pacedStream } from '../platform/http/paced-stream.ts'
import { tableAsArrow } from './tables/table-as-arrow.ts'
import { tableAsCsv } from './tables/table-as-csv.ts'
import { readPiece, rowsOf, sortView, type TableView, viewPieces } from './tables/table-view.ts'

type TableRequest = FastifyRequest<{ Querystring: { page: number; limit: number; sort?: string } }>

/** @throws AppError `validation_failed` where there is no such column */
async function orderOf<Name extends string>(view: TableView<Name>, sort: string | undefined) {
  if (sort === undefined) return null
  const name = sort.replace('-', '')
  const column = view.columns.find((found) => found.name === name)
  if (column === undefined) {
    throw new AppError('validation_failed', {
      detail: `There is no column ${name}.`,
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
  clock: Clock,
  row: BacktestRow,
  request: TableRequest,
  reply: FastifyReply,
  { name, view }: { name: string; view: TableView<Name> },
) {
  const { page, limit, sort } = request.query
  const { columns, table } = view
  const order = await orderOf(view, sort)
  const accepted = String(request.headers.accept)
  const answer = (type: string, ending: string, pieces: AsyncIterable<string | Buffer>) => {
    reply.type(type).header('content-disposition', `attachment; filename="${name}-${row.id}.${ending}"`)
    return reply.send(pacedStream(pieces))
  }
  if (accepted.includes(ROWS_TYPES.arrow)) {
    const facts = { backtest_id: row.id, run_id: row.result_key.toString('hex'), table: name }
    return answer(ROWS_TYPES.arrow, 'arrows', tableAsArrow(columns, viewPieces(view, order), facts))
  }
  if (accepted.includes(ROWS_TYPES.csv)) {
    return answer(`${ROWS_TYPES.csv}; charset=utf-8`, 'csv', tableAsCsv(columns, viewPieces(view, order)))
  }
  const rows = rowsOf(columns, await readPiece(view, pageOf(order, table.rows, page, limit)))
  return envelope(clock, { rows, total: table.rows, page, limit })
}

import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ROWS_TYPES } from '../market-data/market-schemas.ts'
import type { Clock } from '../platform/clock.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import { envelope } from '../platform/http/envelope.ts'
import { tableAsArrow } from './table-as-arrow.ts'
import type { Cell, TableColumns, TableRow } from './table-columns.ts'
import { tableAsCsv } from './table-views.ts'

function compare(a: TableRow, b: TableRow, name: string): number {
  const [first, second] = [a[name] as Cell, b[name] as Cell]
  if (first === second) return 0
  if (first === null) return -1
  return second !== null && first < second ? -1 : 1
}

function sorted(rows: TableRow[], names: readonly string[], sort: string | undefined): TableRow[] {
  if (sort === undefined) return rows
  const name = sort.replace('-', '')
  if (!names.includes(name)) {
    throw new AppError('validation_failed', {
      detail: `There is no column ${name}.`,
      fields: { sort: `must be one of ${names.join(', ')}` },
    })
  }
  const way = sort.startsWith('-') ? -1 : 1
  return rows.sort((a, b) => way * compare(a, b, name))
}

type TableRequest = FastifyRequest<{ Querystring: { page: number; limit: number; sort?: string } }>

type Table = { name: string; columns: TableColumns; rows: TableRow[] }

/** A page of a backtest's table as JSON, or all of it as CSV or Arrow, as the client accepts it. */
export function answerTable(
  clock: Clock,
  row: BacktestRow,
  request: TableRequest,
  reply: FastifyReply,
  { name, columns, rows }: Table,
) {
  const { page, limit, sort } = request.query
  const names = Object.keys(columns)
  const all = sorted(rows, names, sort)
  const accepted = String(request.headers.accept)
  const answer = (type: string, ending: string, pieces: Iterable<string | Buffer>) => {
    reply.type(type).header('content-disposition', `attachment; filename="${name}-${row.id}.${ending}"`)
    return reply.send(Readable.from(pieces))
  }
  if (accepted.includes(ROWS_TYPES.arrow)) {
    const facts = { backtest_id: row.id, run_id: row.result_key.toString('hex'), table: name }
    return answer(ROWS_TYPES.arrow, 'arrows', tableAsArrow(all, columns, facts))
  }
  if (accepted.includes(ROWS_TYPES.csv)) {
    return answer(`${ROWS_TYPES.csv}; charset=utf-8`, 'csv', tableAsCsv(all, names))
  }
  const from = (page - 1) * limit
  return envelope(clock, { rows: all.slice(from, from + limit), total: all.length, page, limit })
}

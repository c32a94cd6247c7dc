import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ROWS_TYPES } from '../market-data/market-schemas.ts'
import type { Clock } from '../platform/clock.ts'
import { AppError } from '../platform/errors.ts'
import { envelope } from '../platform/http/envelope.ts'
import { type Cell, type TableRow, tableAsCsv } from './table-views.ts'

function compare(a: TableRow, b: TableRow, name: string): number {
  const [first, second] = [a[name] as Cell, b[name] as Cell]
  if (first === second) return 0
  if (first === null) return -1
  return second !== null && first < second ? -1 : 1
}

function sorted(rows: TableRow[], sort: string | undefined): TableRow[] {
  if (sort === undefined) return rows
  const name = sort.replace('-', '')
  if (rows[0] !== undefined && !(name in rows[0])) {
    throw new AppError('validation_failed', {
      detail: `There is no column ${name}.`,
      fields: { sort: `must be one of ${Object.keys(rows[0]).join(', ')}` },
    })
  }
  const way = sort.startsWith('-') ? -1 : 1
  return rows.sort((a, b) => way * compare(a, b, name))
}

type TableRequest = FastifyRequest<{ Querystring: { page: number; limit: number; sort?: string } }>

/** A page of a table as JSON, or all of it as CSV, as the client accepts it. */
export function answerTable(
  { clock, name }: { clock: Clock; name: string },
  request: TableRequest,
  reply: FastifyReply,
  rows: TableRow[],
) {
  const { page, limit, sort } = request.query
  const all = sorted(rows, sort)
  if (String(request.headers.accept ?? '').includes(ROWS_TYPES.csv)) {
    reply.type(`${ROWS_TYPES.csv}; charset=utf-8`)
    reply.header('content-disposition', `attachment; filename="${name}.csv"`)
    return reply.send(Readable.from(tableAsCsv(all, Object.keys(all[0] ?? {}))))
  }
  const from = (page - 1) * limit
  return envelope(clock, { rows: all.slice(from, from + limit), total: all.length, page, limit })
}

import type { Static } from 'typebox'
import type { ImportRow } from '../platform/database/tables.ts'
import { AppError, type FieldErrors } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { beginImport } from './begin-import.ts'
import { EXCHANGES, type Exchange, findExchange } from './exchanges.ts'
import { readInstant } from './formats.ts'
import { exchangeQueue, IMPORT_JOB } from './import-from-exchange-job.ts'
import type { ExchangeImport } from './imports-schemas.ts'
import type { OnConflict } from './merge-columns.ts'
import type { Series } from './series.ts'
import { kindOf } from './symbols.ts'
import { periodEnd, periodStart, type Timeframe } from './timeframe.ts'

type Wanted = Static<typeof ExchangeImport>

function refuse(fields: FieldErrors): never {
  const [[name, problem] = ['request', 'is wrong']] = Object.entries(fields)
  throw new AppError('validation_failed', { detail: `The ${name} ${problem}.`, fields })
}

function exchangeOf({ exchange }: Wanted): Exchange {
  const known = findExchange(exchange)
  return known ?? refuse({ exchange: `must be one of ${EXCHANGES.map(({ id }) => id).join(', ')}` })
}

function seriesOf({ data, timeframe, symbol }: Wanted, exchange: Exchange): Series {
  const kind = kindOf(symbol, undefined)
  if (data === 'funding') {
    if (kind === 'spot') refuse({ symbol: 'must be a perpetual such as BTC/USDT:USDT: spot has no funding' })
    if (!exchange.hasFunding) refuse({ exchange: 'has no history of funding rates' })
    return 'funding'
  }
  const known = exchange.timeframes.find((name) => name === timeframe)
  return (
    known ?? refuse({ timeframe: `must be one of ${exchange.timeframes.join(', ')} at ${exchange.name}` })
  )
}

function alignedUp(time: number, series: Series): number {
  if (series === 'funding') return time
  const start = periodStart(time, series as Timeframe)
  return start === time ? time : periodEnd(start, series as Timeframe)
}

/**
 * Has candles or funding rates fetched from an exchange, in the background.
 * @throws AppError `validation_failed`, `too_many_imports`, `storage_full`
 */
export async function requestExchangeImport(
  platform: Pick<Platform, 'db' | 'config' | 'clock' | 'jobs'>,
  userId: string,
  wanted: Wanted,
): Promise<ImportRow> {
  const { clock, jobs } = platform
  const exchange = exchangeOf(wanted)
  const series = seriesOf(wanted, exchange)
  const now = clock.now().getTime()
  const from = alignedUp(readInstant(wanted.from), series)
  const to = Math.min(now, wanted.to === undefined ? now : readInstant(wanted.to))
  if (from >= to) refuse({ from: 'must be before the end, and in the past' })
  const { id, symbol } = { id: exchange.id, symbol: wanted.symbol }
  const begun = {
    ...({ userId, source: 'exchange', exchange: id, symbol, series } as const),
    ...{ onConflict: wanted.on_conflict as OnConflict, from: new Date(from), to: new Date(to) },
  }
  return beginImport(platform, begun, (tx, row) =>
    jobs.add(tx, IMPORT_JOB, { import_id: row.id }, { queue: exchangeQueue(id) }),
  )
}

import type { ImportRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { JobDefinition } from '../platform/jobs/jobs.ts'
import type { Platform } from '../platform/platform.ts'
import { type ExchangeClient, ExchangeRefusal } from './exchange-client.ts'
import { exchangeClients } from './exchange-clients.ts'
import { EXCHANGES, type Exchange, findExchange } from './exchanges.ts'
import { failImport } from './fail-import.ts'
import { type Fetched, fetchPeriod } from './fetch-period.ts'
import { findUnfinishedImport, type ImportChanges, recordImport } from './imports-repository.ts'
import type { InstrumentFacts } from './instruments-repository.ts'
import { publishImport } from './publish-chunks.ts'
import { unstage } from './revisions-repository.ts'
import { chunkPeriod, type Series } from './series.ts'
import { stageColumns } from './stage-columns.ts'
import { createStorageMeter } from './storage-usage.ts'

export const IMPORT_JOB = 'import_from_exchange'

type Edges = Pick<Platform, 'db' | 'config' | 'clock' | 'jobs' | 'log'>

/** Half of what a process runs at once: mails must not wait for exchanges. */
const QUEUES = 4

/**
 * One job of an exchange runs at a time, so that all of us together keep to its limits; some exchanges share a queue.
 */
export function exchangeQueue(exchange: string): string {
  return `exchanges-${EXCHANGES.findIndex(({ id }) => id === exchange) % QUEUES}`
}

/** Failures in a row after which an import is given up: over an hour, with the pauses between. */
const MAX_FAILURES = 10
const FIRST_PAUSE_SECONDS = 5
const LONGEST_PAUSE_SECONDS = 15 * 60

function pauseSeconds(failures: number): number {
  return Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
}

function importIdOf(payload: unknown): string {
  return String(Object(payload).import_id)
}

type Step = { row: ImportRow; from: number; to: number; end: number; now: number }

/** The rest of the chunk's period that the import has come to, as far as the exchange's time lets it. */
function nextStep(row: ImportRow, now: number): Step {
  const from = (row.next_from as Date).getTime()
  const end = Math.min((row.range_to as Date).getTime(), now)
  return { row, from, to: Math.min(end, chunkPeriod(from, row.series as Series).end), end, now }
}

function progressOf({ row, to, end }: Step): number {
  const start = (row.range_from as Date).getTime()
  return Math.min(0.99, (to - start) / Math.max(1, end - start))
}

/** Stores what came, and says where it goes on: both or neither. */
async function publishStep(
  edges: Edges,
  step: Step,
  fetched: Fetched,
  instrument: InstrumentFacts,
): Promise<void> {
  const { db, config, clock, jobs } = edges
  const { row, to, end } = step
  const series = row.series as Series
  await inTransaction(db, (tx) => unstage(tx, row.id))
  const meter = createStorageMeter(config, row.user_id)
  const stage = { importId: row.id, ownerId: row.user_id, series, meter }
  if (fetched.chunk !== undefined) await stageColumns(db, stage, fetched.chunk)
  await inTransaction(db, async (tx) => {
    const now = clock.now()
    const target = {
      ...{
        ownerId: row.user_id,
        instrument,
        changes: {},
        series,
        isSynthetic: false,
        onConflict: row.on_conflict,
      },
    }
    const published = fetched.chunk && (await publishImport({ config, now }, tx, row.id, target))
    const isEnd = to >= end
    const changes: ImportChanges = {
      ...{ state: isEnd ? 'succeeded' : 'running', progress: isEnd ? 1 : progressOf(step), failures: 0 },
      ...{ nextFrom: new Date(to), barsRead: Number(row.bars_read) + fetched.rows },
      barsAdded: Number(row.bars_added) + (published?.added ?? 0),
      ...(published === undefined ? {} : { datasetId: published.datasetId }),
    }
    const next = await recordImport(tx, row.id, changes, now)
    if (next === undefined) throw new AppError('import_cancelled')
    if (!isEnd) await jobs.add(tx, IMPORT_JOB, { import_id: row.id }, { queue: exchangeQueue(row.exchange) })
  })
}

async function takeStep(
  edges: Edges,
  client: ExchangeClient,
  row: ImportRow,
  signal: AbortSignal,
): Promise<void> {
  const { db } = edges
  const { symbol } = row
  const series = row.series as Series
  const instrument = await client.instrument(symbol)
  const step = nextStep(row, await client.time())
  const { from, to, now } = step
  const beforePage = async () => {
    signal.throwIfAborted()
    if ((await findUnfinishedImport(db, row.id)) === undefined) throw new AppError('import_cancelled')
  }
  const { pageSize } = findExchange(row.exchange) as Exchange
  const fetched = await fetchPeriod(client, { symbol, series, from, to, now, pageSize, beforePage })
  await publishStep(edges, step, fetched, instrument)
}

/** What the exchange refuses, or sends that cannot be stored, ends the import; anything else is tried again later. */
async function endOrRepeat(edges: Edges, row: ImportRow, error: unknown): Promise<void> {
  const { db, clock, jobs, log } = edges
  const failures = row.failures + 1
  if (error instanceof AppError && error.code === 'import_cancelled') return
  if (error instanceof AppError) return failImport(edges, row.id, error)
  if (error instanceof ExchangeRefusal) {
    return failImport(edges, row.id, { code: 'exchange_refused', detail: error.message })
  }
  log.warn({ err: error, import_id: row.id, exchange: row.exchange, failures }, 'an exchange failed')
  if (failures >= MAX_FAILURES) {
    const detail = `${row.exchange} could not be reached ${failures} times in a row. What it gave before is stored.`
    return failImport(edges, row.id, { code: 'exchange_unavailable', detail })
  }
  await inTransaction(db, async (tx) => {
    if ((await recordImport(tx, row.id, { failures }, clock.now())) === undefined) return
    const options = { queue: exchangeQueue(row.exchange), delaySeconds: pauseSeconds(failures) }
    await jobs.add(tx, IMPORT_JOB, { import_id: row.id }, options)
  })
}

/**
 * Fetches one chunk's period of an import from its exchange, publishes it, and adds the job for the next: where it has
 * come to is in the database, so it goes on after a crash, in whatever process.
 */
export function importFromExchangeJob(platform: Platform): JobDefinition {
  const { db, config, clock } = platform
  const open = exchangeClients({ baseUrl: config.market.exchangeBaseUrl, now: clock.now })
  return {
    name: IMPORT_JOB,
    async run(payload, signal) {
      const id = importIdOf(payload)
      const row = await inTransaction(db, (tx) => recordImport(tx, id, { state: 'running' }, clock.now()))
      if (row === undefined) return
      try {
        const client = await open(row.exchange, row.symbol)
        await takeStep(platform, client, row, signal)
      } catch (error) {
        // The process stops: the queue gives the job to another.
        if (signal.aborted) throw error
        await endOrRepeat(platform, row, error)
      }
    },
  }
}

import { createHash, randomUUIDv7 } from 'node:crypto'
import type { ChunkCache } from '../market-data/chunk-cache.ts'
import { keepRevisions } from '../market-data/revisions-repository.ts'
import type { Db, Tx } from '../platform/database/database.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import {
  addWork,
  findEqualBacktest,
  findVersion,
  insertBacktest,
  lockVersion,
  recordEvent,
  usageOf,
} from './backtests-repository.ts'
import type { BacktestRequest } from './backtests-schemas.ts'
import { findIdempotent, keepIdempotencyKey } from './idempotency-repository.ts'
import { lockRuns, requireResultsQuota } from './kept-bytes.ts'
import { type ResolvedRun, resolveRun } from './resolve-run.ts'
import { findSummary } from './results-repository.ts'
import type { RunSpec } from './run-spec.ts'

export const RUN_JOB = 'run_backtests'

export type Started = {
  row: BacktestRow
  /** Whether it is the caller's own earlier run, a new one with a known result, or one that is still to be made. */
  how: 'own' | 'known' | 'queued'
}

export type StartRequest = {
  userId: string
  strategyId: string
  request: BacktestRequest
  idempotencyKey: string | undefined
  /** Ends what is read for it. */
  signal: AbortSignal
}

type Needs = Pick<Platform, 'db' | 'clock' | 'config' | 'jobs' | 'work'> & { cache: ChunkCache }

/** What is read of market data before a run is queued: the chunks at the ends of its range, one after another. */
const RESOLVING = { bytes: 4 * 1024 * 1024, seconds: 20 }

const RETRY_SECONDS = 30
const DAY_MS = 86_400_000

/**
 * Starts a backtest. An equal one of the user is the answer; a result that an equal run of the user has left is not computed
 * again.
 * @throws AppError `strategy_not_found`, `version_not_found`, `dataset_not_found`, `invalid_strategy`, `validation_failed`, `no_data`,
 * `quota_exceeded`, `results_full`, `idempotency_conflict`
 */
export async function startBacktest(needs: Needs, start: StartRequest): Promise<Started> {
  const { db, clock } = needs
  const { userId, strategyId, request, idempotencyKey, signal } = start
  const bodyHash = hashBody(strategyId, request)
  const earlier = await repeated(db, start, bodyHash, clock.now())
  if (earlier) return { row: earlier, how: 'own' }
  const version = await findVersion(db, userId, strategyId, request.version)
  if (version === undefined) {
    const isThere = await findVersion(db, userId, strategyId, undefined)
    throw new AppError(isThere ? 'version_not_found' : 'strategy_not_found')
  }
  const resolved = await needs.work.read.run({ userId, signal, ...RESOLVING }, (budget) =>
    resolveRun({ ...needs, budget }, userId, version.document, request),
  )
  refuseTooMuch(needs.config, resolved)
  return inTransaction(db, async (tx) => {
    await lockRuns(tx, userId)
    const again = await repeated(tx, start, bodyHash, clock.now())
    if (again) return { row: again, how: 'own' }
    if (!(await lockVersion(tx, strategyId, version.number))) throw new AppError('strategy_not_found')
    const own = await findEqualBacktest(tx, userId, strategyId, version.number, resolved.key)
    const started = own
      ? ({ row: own, how: 'own' } as const)
      : await begin(needs, tx, start, { version, resolved })
    if (idempotencyKey !== undefined) {
      await keepIdempotencyKey(
        tx,
        { userId, key: idempotencyKey, bodyHash, backtestId: started.row.id },
        clock.now(),
      )
    }
    return started
  })
}

function refuseTooMuch({ backtests }: Needs['config'], { estimate: { bytes } }: ResolvedRun): void {
  if (bytes <= backtests.maxRunBytes) return
  const megabytes = (size: number) => Math.ceil(size / 1024 / 1024)
  throw new AppError('validation_failed', {
    detail: `The run needs about ${megabytes(bytes)} MB of memory; the limit is ${megabytes(backtests.maxRunBytes)} MB. Use a shorter range, fewer instruments or fewer series.`,
    fields: { instruments: 'need too much memory' },
  })
}

function hashBody(strategyId: string, request: BacktestRequest): Buffer {
  return createHash('sha256')
    .update(`${strategyId}\n${JSON.stringify(request)}`)
    .digest()
}

async function repeated(
  db: Db,
  { userId, idempotencyKey }: StartRequest,
  bodyHash: Buffer,
  now: Date,
): Promise<BacktestRow | undefined> {
  if (idempotencyKey === undefined) return undefined
  const found = await findIdempotent(db, userId, idempotencyKey, new Date(now.getTime() - DAY_MS))
  if (found === undefined) return undefined
  if (!found.bodyHash.equals(bodyHash)) throw new AppError('idempotency_conflict')
  return found.row
}

async function begin(
  { config, jobs, clock }: Needs,
  tx: Tx,
  { userId, strategyId, request }: StartRequest,
  { version, resolved }: { version: { number: number; name: string }; resolved: ResolvedRun },
): Promise<Started> {
  const now = clock.now()
  const known = await findSummary(tx, resolved.key)
  if (known === undefined) await spend(tx, config, userId, resolved.estimate.work, now)
  const row = await insertBacktest(
    tx,
    {
      id: randomUUIDv7(),
      userId,
      strategyId,
      version: version.number,
      name: request.name ?? `${version.name}, version ${version.number}`,
      note: request.note ?? '',
      key: resolved.key,
      spec: resolved.spec,
      work: resolved.estimate.work,
      bytes: resolved.estimate.bytes,
      bars: resolved.bars,
    },
    known === undefined ? 'queued' : 'succeeded',
    now,
  )
  if (!(await keepRevisions(tx, revisionsOf(resolved.spec), row.id))) {
    throw new AppError('data_changed', {
      detail: 'The candles were deleted or replaced while the backtest was prepared. Send the request again.',
    })
  }
  await requireResultsQuota(tx, config, userId)
  await recordEvent(tx, row, known ?? null)
  if (known) return { row, how: 'known' }
  await jobs.add(tx, RUN_JOB, {})
  return { row, how: 'queued' }
}

export function revisionsOf({ instruments }: RunSpec): string[] {
  const ids = instruments.flatMap(({ revisionId, finer, funding }) => [
    revisionId,
    ...(finer ? [finer.revisionId] : []),
    ...(funding && 'revisionId' in funding ? [funding.revisionId] : []),
  ])
  return [...new Set(ids)]
}

async function spend(
  tx: Db,
  config: Needs['config'],
  userId: string,
  work: number,
  now: Date,
): Promise<void> {
  const { maxUnfinishedPerUser, workPerUserAndDay } = config.backtests
  const day = now.toISOString().slice(0, 10)
  const used = await usageOf(tx, userId, day)
  if (used.unfinished >= maxUnfinishedPerUser) {
    throw new AppError('quota_exceeded', {
      detail: `${used.unfinished} of your ${maxUnfinishedPerUser} backtests at once are not finished. Wait for one, or cancel it.`,
      retryAfterSeconds: RETRY_SECONDS,
    })
  }
  if (used.work + work > workPerUserAndDay) {
    const left = Math.max(0, workPerUserAndDay - used.work)
    const tomorrow = Date.parse(`${day}T00:00:00Z`) + DAY_MS
    throw new AppError('quota_exceeded', {
      detail: `This backtest costs ${Math.round(work)} (bars × cost of the rules for one bar), and ${Math.round(left)} of your ${workPerUserAndDay} for today are left. Use a shorter range or fewer instruments, or wait for tomorrow (UTC).`,
      retryAfterSeconds: Math.ceil((tomorrow - now.getTime()) / 1_000),
    })
  }
  await addWork(tx, userId, day, work)
}

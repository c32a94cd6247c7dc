import type { IncomingMessage } from 'node:http'
import type { ImportRow, InstrumentKind } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import { type Multipart, readMultipart, tooLarge } from '../platform/http/multipart.ts'
import { allowSlowBody, endSlowBody, lingerOver } from '../platform/http/slow-requests.ts'
import type { Platform } from '../platform/platform.ts'
import { beginImport, refuseFullStorage } from './begin-import.ts'
import { failImport, importFault } from './fail-import.ts'
import { recordImport } from './imports-repository.ts'
import type { TradingRules } from './instruments-repository.ts'
import type { OnConflict } from './merge-columns.ts'
import { publishChunks } from './publish-chunks.ts'
import { type Columns, candlesOf, type Series } from './series.ts'
import { stageRows } from './stage-rows.ts'
import { guessPriceTick, kindOf, usualInstrument } from './symbols.ts'

/** What the fields of the form say. */
export type UploadFacts = {
  exchange: string
  symbol: string
  series: Series
  kind: InstrumentKind | undefined
  onConflict: OnConflict
  rules: Partial<TradingRules>
}

type Edges = Pick<Platform, 'db' | 'config' | 'clock' | 'log'>

const IDLE_SECONDS = 30
/** What unpacks to more than this many times the largest upload is refused. */
const MAX_UNPACKED = 8
/** Progress is written down after so many bytes. */
const PROGRESS_BYTES = 8 * 1024 * 1024
/** What the form has beside the file. */
const FORM_BYTES = 64 * 1024

function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0)
}

/** What cannot be written down is swept away later. */
async function giveUp(edges: Edges, importId: string, error: unknown): Promise<void> {
  await failImport(edges, importId, importFault(error)).catch((err: unknown) =>
    edges.log.warn({ err, import_id: importId }, 'a failed import could not be written down'),
  )
}

function cancelled(): AppError {
  return new AppError('import_cancelled')
}

/** Tells how far it is, and finds out whether it is to go on. */
function progressReport({ db, clock }: Edges, importId: string, form: Multipart, expected: number) {
  let reported = 0
  return async (rows: number) => {
    const received = form.received()
    if (received - reported < PROGRESS_BYTES) return
    reported = received
    const progress = expected > 0 ? Math.min(0.99, received / expected) : 0
    const row = await inTransaction(db, (tx) =>
      recordImport(tx, importId, { progress, barsRead: rows }, clock.now()),
    )
    if (row === undefined) throw cancelled()
  }
}

function instrumentOf({ exchange, symbol, series, kind, rules }: UploadFacts, sample: Columns) {
  const known = rules.price_tick
  const tick = known ?? (series === 'funding' ? undefined : guessPriceTick(candlesOf(sample)))
  return usualInstrument(
    exchange,
    symbol,
    kindOf(symbol, kind ?? (series === 'funding' ? 'linear' : undefined)),
    tick,
  )
}

async function storeFile(
  edges: Edges,
  userId: string,
  begun: ImportRow,
  facts: UploadFacts,
  form: Multipart,
  expected: number,
) {
  const { db, config, clock } = edges
  const { series, onConflict, rules } = facts
  const importId = begun.id
  const { rows, sample } = await stageRows(db, form.file, {
    importId,
    series,
    now: clock.now().getTime(),
    maxUnpackedBytes: config.market.maxUploadBytes * MAX_UNPACKED,
    onProgress: progressReport(edges, importId, form, expected),
  })
  await form.end()
  const target = {
    ownerId: userId,
    instrument: instrumentOf(facts, sample),
    changes: rules,
    series,
    isSynthetic: false,
    onConflict,
  }
  return inTransaction(db, async (tx) => {
    const now = clock.now()
    const { datasetId, added } = await publishChunks({ config, now }, tx, importId, target)
    const changes = { state: 'succeeded', progress: 1, barsRead: rows, barsAdded: added, datasetId } as const
    const row = await recordImport(tx, importId, changes, now)
    if (row === undefined) throw cancelled()
    return row
  })
}

type ReadFacts = (fields: Record<string, string>) => UploadFacts

async function receiveFile(edges: Edges, userId: string, request: IncomingMessage, readFacts: ReadFacts) {
  const { db, config } = edges
  const { maxUploadBytes, uploadSeconds } = config.market
  const expected = declaredBytes(request)
  let form: Multipart | undefined
  let begun: ImportRow | undefined
  try {
    if (expected > maxUploadBytes + FORM_BYTES) throw tooLarge(maxUploadBytes)
    await refuseFullStorage(db, config, userId)
    const limits = {
      maxBytes: maxUploadBytes + FORM_BYTES,
      seconds: uploadSeconds,
      idleSeconds: IDLE_SECONDS,
    }
    form = await readMultipart(request, limits)
    const facts = readFacts(form.fields)
    const { exchange, symbol, series, onConflict } = facts
    kindOf(symbol, facts.kind)
    const wanted = {
      userId,
      source: 'upload',
      exchange,
      symbol,
      series,
      onConflict,
      from: null,
      to: null,
    } as const
    begun = await beginImport(edges, wanted)
    return await storeFile(edges, userId, begun, facts, form, expected)
  } catch (error) {
    form?.abandon()
    lingerOver(request)
    if (begun !== undefined) await giveUp(edges, begun.id, error)
    throw error
  }
}

/**
 * Takes a file of rows as it comes in and makes it a part of the user's dataset: all of it, or nothing.
 * @param readFacts what the fields of the form say; throws where they are wrong
 * @throws AppError
 */
export function uploadFile(
  edges: Edges,
  userId: string,
  request: IncomingMessage,
  readFacts: ReadFacts,
): Promise<ImportRow> {
  allowSlowBody(request)
  return receiveFile(edges, userId, request, readFacts).finally(() => endSlowBody(request))
}

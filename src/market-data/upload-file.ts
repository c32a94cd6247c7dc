import type { IncomingMessage } from 'node:http'
import type { ImportRow, InstrumentKind } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import { cancellation, type Multipart, readMultipart, tooLarge } from '../platform/http/multipart.ts'
import { allowSlowBody, endSlowBody, lingerOver } from '../platform/http/slow-requests.ts'
import type { Platform } from '../platform/platform.ts'
import { beginImport } from './begin-import.ts'
import { failImport, importFault } from './fail-import.ts'
import { recordImport } from './imports-repository.ts'
import type { TradingRules } from './instruments-repository.ts'
import type { OnConflict } from './merge-columns.ts'
import type { ParserThreads } from './parser-threads.ts'
import { publishImport } from './publish-chunks.ts'
import { type Columns, candlesOf, type Series } from './series.ts'
import { stageRows } from './stage-rows.ts'
import { createStorageMeter, requireFreeStorage } from './storage-usage.ts'
import { guessPriceTick, kindOf, usualInstrument } from './symbols.ts'
import type { UploadSlots } from './upload-slots.ts'

/** What the fields of the form say. */
export type UploadFacts = {
  exchange: string
  symbol: string
  series: Series
  kind: InstrumentKind | undefined
  onConflict: OnConflict
  rules: Partial<TradingRules>
}

type Edges = Pick<Platform, 'db' | 'config' | 'clock' | 'log'> & { parsers: ParserThreads }

const IDLE_SECONDS = 30
const FIELD_SECONDS = 30
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
function progressReport(
  { db, clock }: Edges,
  importId: string,
  form: Multipart,
  { expected, signal }: Pick<Receiving, 'expected' | 'signal'>,
) {
  let reported = 0
  return async (rows: number) => {
    if (signal.aborted) throw cancellation(signal)
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
  receiving: Pick<Receiving, 'expected' | 'signal'>,
) {
  const { db, config, clock, parsers } = edges
  const { series, onConflict, rules } = facts
  const importId = begun.id
  const { rows, sample } = await stageRows(db, parsers, form.file, {
    stage: { importId, ownerId: userId, series, meter: createStorageMeter(config, userId) },
    now: clock.now().getTime(),
    maxUnpackedBytes: config.market.maxUploadBytes * MAX_UNPACKED,
    onProgress: progressReport(edges, importId, form, receiving),
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
    if (receiving.signal.aborted) throw cancellation(receiving.signal)
    const now = clock.now()
    const { datasetId, added } = await publishImport({ config, now }, tx, importId, target)
    const changes = { state: 'succeeded', progress: 1, barsRead: rows, barsAdded: added, datasetId } as const
    const row = await recordImport(tx, importId, changes, now)
    if (row === undefined) throw cancelled()
    return row
  })
}

export type Upload = {
  userId: string
  request: IncomingMessage
  /** Reads the fields of the form; throws where they are wrong. */
  readFacts(fields: Record<string, string>): UploadFacts
  /** Ends the upload, with its reason. */
  signal: AbortSignal
  slots: UploadSlots
}

type Receiving = Omit<Upload, 'slots'> & { expected: number }

/** Opens the form at once, so that its clocks run, and refuses it meanwhile where nothing more can be stored. */
async function openForm({ db, config }: Edges, { userId, request, signal }: Receiving): Promise<Multipart> {
  const { maxUploadBytes, uploadSeconds } = config.market
  const refused = new AbortController()
  const opening = readMultipart(request, {
    maxBytes: maxUploadBytes + FORM_BYTES,
    seconds: uploadSeconds,
    idleSeconds: IDLE_SECONDS,
    fieldSeconds: Math.min(FIELD_SECONDS, uploadSeconds),
    signal: AbortSignal.any([signal, refused.signal]),
  })
  try {
    const checking = inTransaction(db, (tx) => requireFreeStorage(tx, config, userId))
    const [form] = await Promise.all([opening, checking])
    return form
  } catch (error) {
    refused.abort(error)
    throw error
  }
}

async function receiveFile(edges: Edges, upload: Upload) {
  const { userId, request, readFacts, signal, slots } = upload
  const { maxUploadBytes } = edges.config.market
  const receiving = { ...upload, expected: declaredBytes(request) }
  let freeSlot = () => {}
  let form: Multipart | undefined
  let begun: ImportRow | undefined
  try {
    freeSlot = slots.take(userId)
    if (receiving.expected > maxUploadBytes + FORM_BYTES) throw tooLarge(maxUploadBytes)
    form = await openForm(edges, receiving)
    const facts = readFacts(form.fields)
    const { exchange, symbol, series, onConflict } = facts
    kindOf(symbol, facts.kind)
    const source = { userId, source: 'upload', exchange, symbol, series, onConflict } as const
    begun = await beginImport(edges, { ...source, from: null, to: null })
    if (signal.aborted) throw cancellation(signal)
    return await storeFile(edges, userId, begun, facts, form, receiving)
  } catch (error) {
    form?.abandon()
    lingerOver(request)
    if (begun !== undefined) await giveUp(edges, begun.id, error)
    throw error
  } finally {
    freeSlot()
  }
}

/**
 * Receives a file of rows and makes it part of the user's dataset: all of it, or nothing.
 * @throws AppError
 */
export function uploadFile(edges: Edges, upload: Upload): Promise<ImportRow> {
  allowSlowBody(upload.request)
  return receiveFile(edges, upload).finally(() => endSlowBody(upload.request))
}

import { setImmediate } from 'node:timers/promises'
import type { RunSettings } from '../engine/settings.ts'
import type { Dataset } from '../market-data/datasets-repository.ts'
import { readInstant } from '../market-data/formats.ts'
import type { Reading } from '../market-data/load-columns.ts'
import { type RowRange, type RowsRead, readRowFacts } from '../market-data/rows-read.ts'
import { longestPeriod, periodEnd, periodStart, type Timeframe } from '../market-data/timeframe.ts'
import { AppError } from '../platform/errors.ts'
import { checkStrategy } from '../strategies/language/check-strategy.ts'
import type { Plan } from '../strategies/language/plan.ts'
import type { BacktestRequest } from './backtests-schemas.ts'
import { type ChosenData, chooseData } from './choose-data.ts'
import { estimateRun, type InstrumentRows, type RunEstimate } from './estimate-run.ts'
import { type RunSpec, resultKey, type SpecInstrument } from './run-spec.ts'

export type ResolvedRun = {
  plan: Plan
  spec: RunSpec
  key: Buffer
  /** Bars that are simulated, of all instruments. */
  bars: number
  estimate: RunEstimate
}

const HOUR = 3_600_000

/**
 * The plan of a document with values for its parameters.
 * @throws AppError `invalid_strategy`
 */
export function planOf(document: unknown, parameters: Record<string, number | boolean>): Plan {
  const { plan, diagnostics } = checkStrategy(document, parameters)
  if (plan !== null) return plan
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  throw new AppError('invalid_strategy', {
    detail: errors[0]?.message as string,
    fields: Object.fromEntries(errors.map(({ path, message }) => [path, message])),
  })
}

function refuse(field: string, problem: string, detail: string): never {
  throw new AppError('validation_failed', { detail, fields: { [field]: problem } })
}

function checkTrading(plan: Plan, { leverage }: BacktestRequest, data: readonly ChosenData[]) {
  const spot = data.find(({ rules }) => rules.kind === 'spot')
  if (spot === undefined) return
  if (leverage > 1) refuse('leverage', 'must be 1 on a spot market', `${spot.rules.id} is traded at spot.`)
  if (plan.short !== null) {
    refuse(
      'instruments',
      'must be perpetuals',
      `${spot.rules.id} is traded at spot: it cannot be sold short.`,
    )
  }
}

/** First start of a period that is not before `time`. */
function nextStart(time: number, timeframe: Timeframe): number {
  const start = periodStart(time, timeframe)
  return start === time ? time : periodEnd(start, timeframe)
}

/** The range in time: what was asked for, within what is there. */
function rangeOf(
  { from, to, from_out_of_sample: split }: BacktestRequest,
  data: readonly ChosenData[],
  timeframe: Timeframe,
) {
  const first = Math.min(...data.map(({ base }) => base.firstAt.getTime()))
  const last = Math.max(...data.map(({ base }) => base.lastAt.getTime()))
  const end = periodEnd(periodStart(last, timeframe), timeframe)
  const range = {
    from: nextStart(from === undefined ? first : readInstant(from), timeframe),
    to: to === undefined ? end : Math.min(nextStart(readInstant(to), timeframe), end),
  }
  const there = `The candles go from ${new Date(first).toISOString()} to ${new Date(end).toISOString()}.`
  if (range.from >= end) refuse('from', 'is after the data', there)
  if (range.from >= range.to) refuse('to', 'must be after from', there)
  if (range.to <= first) refuse('to', 'is before the data', there)
  if (split !== undefined && !(readInstant(split) > range.from && readInstant(split) < range.to)) {
    refuse('from_out_of_sample', 'must be inside the run', there)
  }
  return range
}

/** Rows of the base candles: bars of the strategy's timeframe may have to be made of smaller ones. */
function baseRange(
  { base }: ChosenData,
  timeframe: Timeframe,
  lookBack: number,
  { from, to }: { from: number; to: number },
): RowRange {
  if (base.series === timeframe) return { from, to, before: lookBack }
  return {
    from: periodStart(from - lookBack * longestPeriod(timeframe), timeframe),
    to,
    before: 0,
  }
}

function noCandles({ rules, base: { firstAt, lastAt } }: ChosenData): string {
  return `${rules.id} has no candles in that range; its first opens at ${firstAt.toISOString()}, its last at ${lastAt.toISOString()}.`
}

async function factsOf(reading: Reading, dataset: Dataset | null, range: RowRange) {
  return dataset ? readRowFacts(reading, dataset.revisionId, dataset.series, range) : undefined
}

type Resolved = { instrument: SpecInstrument; rows: Omit<InstrumentRows, 'isResampled'> }

async function specInstrument(
  reading: Reading,
  chosen: ChosenData,
  rows: RowsRead,
  request: BacktestRequest,
  range: { from: number; to: number },
): Promise<Resolved> {
  const { rules, base } = chosen
  const [finer, funding] = await Promise.all([
    factsOf(reading, chosen.finer, { ...range, before: 0 }),
    factsOf(reading, rules.kind === 'linear' ? chosen.funding : null, { ...range, before: 0 }),
  ])
  const instrument = {
    rules,
    exchange: base.exchange,
    symbol: base.symbol,
    datasetId: base.id,
    isSynthetic: base.isSynthetic,
    revisionId: base.revisionId,
    series: base.series,
    finer:
      chosen.finer && finer ? { revisionId: chosen.finer.revisionId, series: chosen.finer.series } : null,
    funding:
      chosen.funding && funding ? { revisionId: chosen.funding.revisionId } : rateOf(rules.kind, request),
    rowsHash: rows.hash,
    finerHash: finer?.hash ?? null,
    fundingHash: funding?.hash ?? null,
  }
  return { instrument, rows: { base: rows.rows, finer: finer?.rows ?? 0, funding: funding?.rows ?? 0 } }
}

function rateOf(kind: string, { funding }: BacktestRequest) {
  if (kind !== 'linear' || funding === undefined) return null
  return { rate: funding.rate, interval: funding.interval_hours * HOUR }
}

function settingsOf(
  request: BacktestRequest,
  range: { from: number; to: number },
  hasFiner: boolean,
): Omit<RunSettings, 'sizing' | 'limits'> {
  const { close_at_end: end, slippage, path } = request
  return {
    ...range,
    initialCapital: request.initial_capital,
    slippage: { type: slippage?.type === 'ticks' ? 'ticks' : 'percent', value: slippage?.value ?? 0 },
    leverage: request.leverage,
    path: (path as RunSettings['path'] | undefined) ?? (hasFiner ? 'stored' : 'worst_case'),
    limitFill: request.limit_fill === 'touch' ? 'touch' : 'through',
    closeAtEnd: end === 'open' ? 'open' : end ? 'close' : 'none',
  }
}

function measureOf(request: BacktestRequest): RunSpec['measure'] {
  const { from_out_of_sample: split, max_gap: gap } = request
  return {
    periodsPerYear: request.periods_per_year,
    fromOutOfSample: split === undefined ? null : readInstant(split),
    maxGap: gap === undefined ? null : { bars: gap.bars, action: gap.action === 'warn' ? 'warn' : 'fail' },
  }
}

/**
 * Makes a request into all that a run depends on, with the data as it is now.
 * @throws AppError `validation_failed`, `invalid_strategy`, `no_data`
 */
export async function resolveRun(
  reading: Reading,
  userId: string,
  document: unknown,
  request: BacktestRequest,
): Promise<ResolvedRun> {
  // Checking the document takes some milliseconds: other requests are answered before it.
  await setImmediate()
  const plan = planOf(document, request.parameters)
  const { timeframe } = plan
  const data = await chooseData(reading.db, userId, request, timeframe)
  checkTrading(plan, request, data)
  const range = rangeOf(request, data, timeframe)
  const instruments: SpecInstrument[] = []
  const read: InstrumentRows[] = []
  let [readFrom, bars] = [range.from, 0]
  for (const chosen of data) {
    const rows = await factsOf(reading, chosen.base, baseRange(chosen, timeframe, plan.lookBack, range))
    if (rows === undefined) {
      throw new AppError('no_data', { detail: noCandles(chosen) })
    }
    readFrom = Math.min(readFrom, rows.from)
    bars += Math.min(rows.rows, Math.ceil((range.to - range.from) / longestPeriod(timeframe)) + 1)
    const resolved = await specInstrument(reading, chosen, rows, request, range)
    instruments.push(resolved.instrument)
    read.push({ ...resolved.rows, isResampled: chosen.base.series !== timeframe })
  }
  const hasFiner = instruments.some(({ finer }) => finer !== null)
  const spec: RunSpec = {
    parameters: request.parameters,
    instruments,
    readFrom,
    settings: settingsOf(request, range, hasFiner),
    measure: measureOf(request),
  }
  const { path } = spec.settings
  const loaded = read.map((rows) => ({ ...rows, finer: path === 'stored' ? rows.finer : 0 }))
  return {
    plan,
    spec,
    key: resultKey(userId, plan.canonical, spec),
    bars,
    estimate: estimateRun(plan, bars, loaded),
  }
}

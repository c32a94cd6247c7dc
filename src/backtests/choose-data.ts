import type { InstrumentRules } from '../engine/market.ts'
import { type Dataset, findDataset, findDatasets } from '../market-data/datasets-repository.ts'
import { isLargerMultiple, longestPeriod, type Timeframe } from '../market-data/timeframe.ts'
import type { Db } from '../platform/database/database.ts'
import { AppError } from '../platform/errors.ts'
import { findRules } from './backtests-repository.ts'
import type { BacktestRequest } from './backtests-schemas.ts'

export type InstrumentChoice = BacktestRequest['instruments'][number]

/** What one instrument of a run is read from. */
export type ChosenData = {
  rules: InstrumentRules
  base: Dataset
  /** Candles of a smaller timeframe than the strategy's, where some are stored. */
  finer: Dataset | null
  funding: Dataset | null
}

/** More datasets than there are timeframes, twice. */
const ALL = { sort: 'timeframe', page: 1, limit: 100 } as const

function refuse(at: number, problem: string, detail: string): never {
  throw new AppError('validation_failed', { detail, fields: { [`instruments.${at}`]: problem } })
}

async function namesOf(db: Db, userId: string, choice: InstrumentChoice, at: number) {
  const { dataset_id, exchange, symbol } = choice
  if (dataset_id !== undefined) {
    const dataset = await findDataset(db, userId, dataset_id)
    if (dataset === undefined) refuse(at, 'is not there', 'There is no such dataset.')
    return { exchange: dataset.exchange, symbol: dataset.symbol, instrumentId: dataset.instrumentId }
  }
  if (exchange !== undefined && symbol !== undefined) return { exchange, symbol, instrumentId: undefined }
  return refuse(at, 'needs dataset_id, or exchange and symbol', 'An instrument has no names.')
}

/** The datasets of one instrument. Where the caller's own and shared ones are there, a dataset has to be named. */
async function datasetsOf(db: Db, userId: string, choice: InstrumentChoice, at: number): Promise<Dataset[]> {
  const { exchange, symbol, instrumentId } = await namesOf(db, userId, choice, at)
  const { datasets } = await findDatasets(db, userId, { ...ALL, exchange, symbol })
  const chosen =
    instrumentId === undefined ? datasets : datasets.filter((found) => found.instrumentId === instrumentId)
  if (chosen.length === 0) refuse(at, 'is not there', `There are no candles of ${symbol} on ${exchange}.`)
  if (new Set(chosen.map((found) => found.instrumentId)).size > 1) {
    const detail = `${symbol} on ${exchange} is there twice, yours and shared: name the dataset.`
    refuse(at, 'needs a dataset_id', detail)
  }
  return chosen
}

function lengthOf({ series }: Dataset): number {
  return longestPeriod(series as Timeframe)
}

/** The strategy's own timeframe, or the largest that it can be made of. */
function baseOf(candles: readonly Dataset[], timeframe: Timeframe): Dataset | undefined {
  const exact = candles.find(({ series }) => series === timeframe)
  if (exact) return exact
  const fitting = candles.filter(({ series }) => isLargerMultiple(timeframe, series as Timeframe))
  return fitting.sort((a, b) => lengthOf(b) - lengthOf(a))[0]
}

/** The smallest timeframe that bars of the strategy's are made of. */
function finerOf(candles: readonly Dataset[], timeframe: Timeframe): Dataset | null {
  const fitting = candles.filter(({ series }) => isLargerMultiple(timeframe, series as Timeframe))
  return fitting.sort((a, b) => lengthOf(a) - lengthOf(b))[0] ?? null
}

async function rulesOf(
  db: Db,
  { instrumentId, exchange, symbol }: Dataset,
  choice: InstrumentChoice,
  fees: BacktestRequest['fees'],
): Promise<InstrumentRules> {
  const rules = await findRules(db, instrumentId)
  // It goes with its last dataset, which may be deleted at any time.
  if (rules === undefined) throw new AppError('dataset_not_found')
  return {
    id: `${exchange} ${symbol}`,
    kind: rules.kind,
    priceTick: choice.price_tick ?? rules.price_tick,
    quantityStep: choice.quantity_step ?? rules.quantity_step,
    minimumNotional: choice.minimum_notional ?? rules.minimum_notional,
    makerFee: fees?.maker ?? rules.maker_fee,
    takerFee: fees?.taker ?? rules.taker_fee,
    maintenanceMarginRate: rules.maintenance_margin_rate,
  }
}

/**
 * Finds what the instruments of a request are read from, in the order of their ids.
 * @throws AppError `validation_failed`, `dataset_not_found`
 */
export async function chooseData(
  db: Db,
  userId: string,
  { instruments, fees }: Pick<BacktestRequest, 'instruments' | 'fees'>,
  timeframe: Timeframe,
): Promise<ChosenData[]> {
  const chosen: ChosenData[] = []
  for (const [at, choice] of instruments.entries()) {
    const datasets = await datasetsOf(db, userId, choice, at)
    const candles = datasets.filter(({ series }) => series !== 'funding')
    const base = baseOf(candles, timeframe)
    if (base === undefined) {
      const there = candles.map(({ series }) => series).join(', ') || 'funding rates alone'
      return refuse(at, `has no candles that ${timeframe} can be made of`, `Stored are: ${there}.`)
    }
    chosen.push({
      rules: await rulesOf(db, base, choice, fees),
      base,
      finer: finerOf(candles, timeframe),
      funding: datasets.find(({ series }) => series === 'funding') ?? null,
    })
  }
  chosen.sort((a, b) => (a.rules.id < b.rules.id ? -1 : 1))
  const twice = chosen.findIndex(({ rules }, at) => chosen[at + 1]?.rules.id === rules.id)
  if (twice !== -1) {
    const detail = `${chosen[twice]?.rules.id} is named twice.`
    throw new AppError('validation_failed', { detail, fields: { instruments: 'must differ' } })
  }
  return chosen
}

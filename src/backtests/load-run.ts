import type { FundingRate, FundingTimes } from '../engine/market.ts'
import { type Candles, resample, sliceCandles } from '../market-data/candles.ts'
import { loadCandles, loadFunding, type Reading } from '../market-data/load-columns.ts'
import { periodEnd, type Timeframe } from '../market-data/timeframe.ts'
import type { Plan } from '../strategies/language/plan.ts'
import type { RunInput, RunMarket } from './run-input.ts'
import type { RunSpec, SpecInstrument } from './run-spec.ts'

/** Larger bars, without those that the ends of the data cut off. */
function larger(candles: Candles, timeframe: Timeframe, series: Timeframe): Candles {
  const bars = resample(candles, timeframe)
  const { timestamp } = bars
  const count = timestamp.length
  const end = periodEnd(candles.timestamp.at(-1) as number, series)
  const isCutFirst = candles.timestamp[0] !== timestamp[0]
  const isCutLast = end < periodEnd(timestamp[count - 1] as number, timeframe)
  return sliceCandles(bars, isCutFirst ? 1 : 0, isCutLast ? count - 1 : count)
}

async function loadBase(
  reading: Reading,
  { revisionId, series }: SpecInstrument,
  { readFrom, settings }: RunSpec,
  plan: Plan,
): Promise<Candles> {
  const { timeframe, lookBack } = plan
  const { from, to } = settings
  if (series === timeframe) return loadCandles(reading, revisionId, { from, to, before: lookBack })
  const candles = await loadCandles(reading, revisionId, { from: readFrom, to })
  return larger(candles, timeframe, series as Timeframe)
}

async function loadFundingOf(
  reading: Reading,
  { funding }: SpecInstrument,
  { settings }: RunSpec,
): Promise<FundingRate | FundingTimes | null> {
  if (funding === null) return null
  if ('rate' in funding) return { type: 'rate', rate: funding.rate, interval: funding.interval }
  return { type: 'times', ...(await loadFunding(reading, funding.revisionId, settings)) }
}

async function loadMarket(
  reading: Reading,
  instrument: SpecInstrument,
  spec: RunSpec,
  plan: Plan,
): Promise<RunMarket> {
  const { finer, rules } = instrument
  const needsFiner = spec.settings.path === 'stored' && finer !== null
  return {
    instrument: rules,
    candles: await loadBase(reading, instrument, spec, plan),
    finer: needsFiner ? await loadCandles(reading, finer.revisionId, spec.settings) : null,
    funding: await loadFundingOf(reading, instrument, spec),
  }
}

/** Load what a run needs, from the revisions that it was requested with. */
export async function loadRun(reading: Reading, plan: Plan, spec: RunSpec): Promise<RunInput> {
  const markets: RunMarket[] = []
  for (const instrument of spec.instruments) markets.push(await loadMarket(reading, instrument, spec, plan))
  const { sizing, limits, timeframe } = plan
  return { plan, timeframe, markets, settings: { ...spec.settings, sizing, limits }, measure: spec.measure }
}

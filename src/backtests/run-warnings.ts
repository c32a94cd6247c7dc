import type { InstrumentRules, Market } from '../engine/market.ts'
import type { RefusalReason, SimulationOutcome } from '../engine/outcome.ts'
import { EXIT_REASONS } from '../engine/outcome-records.ts'
import { firstBarFrom } from '../market-data/candles.ts'
import { periodEnd } from '../market-data/timeframe.ts'
import type { RunInput } from './run-input.ts'
import type { RunWarning } from './run-output.ts'

type Simulated = { markets: readonly Market[]; outcome: SimulationOutcome }

const LIQUIDATION = EXIT_REASONS.indexOf('liquidation')
/** Reasons that say that the account or the exchange's rules stood in the way, not the strategy. */
const FOR_MONEY: readonly RefusalReason[] = ['min_notional', 'zero_quantity', 'margin']

function day(time: number): string {
  return new Date(time).toISOString().replace(':00.000Z', 'Z')
}

/** A market whose candles begin later or end earlier than the run, by more than a bar. */
function warnOfRange(
  { instrument, candles, timeframe }: Market,
  { from, to }: RunInput['settings'],
): string[] {
  const end = firstBarFrom(candles, to)
  const begin = firstBarFrom(candles, from)
  if (begin === end) return [`${instrument.id} has no candles in the run.`]
  const [first, last] = [candles.timestamp[begin] as number, candles.timestamp[end - 1] as number]
  const isShort = first >= periodEnd(from, timeframe) || periodEnd(periodEnd(last, timeframe), timeframe) < to
  if (!isShort) return []
  return [
    `${instrument.id} has candles from ${day(first)} to ${day(periodEnd(last, timeframe))} only; the run goes from ${day(from)} to ${day(to)}.`,
  ]
}

/** A market of which no rule was ever evaluated. */
function warnOfWarmUp({ instrument, candles, signals, timeframe }: Market, to: number): string[] {
  const bars = firstBarFrom(candles, to)
  if (bars === 0 || signals.ready < bars) return []
  return [
    `No rule was ever evaluated for ${instrument.id}: its ${bars} bars of ${timeframe} lie within the strategy's warm-up. Import more history, or use shorter windows.`,
  ]
}

/** A run that stays flat is easily taken for one that is safe. */
function warnOfSilence({ fills, refusalCounts }: SimulationOutcome): string[] {
  if (fills.length > 0) return []
  const isRefused = Object.keys(refusalCounts).length > 0
  const why = isRefused
    ? 'every entry was refused. GET …/orders tells why.'
    : 'no entry rule was true at any close before the last. GET …/explain?at= tells what each condition was at a bar.'
  return [`Nothing was traded: ${why}`]
}

function warnOfRefusals({ refusalCounts }: SimulationOutcome): string[] {
  const counts = FOR_MONEY.flatMap((reason) => {
    const count = refusalCounts[reason]
    return count === undefined ? [] : [`${count} for ${reason}`]
  })
  if (counts.length === 0) return []
  return [`Entries were refused as the account could not pay for them: ${counts.join(', ')}.`]
}

function warnOfLiquidations({ trades }: SimulationOutcome, { plan }: RunInput): string[] {
  const count = trades.column('exitReason').filter((reason) => reason === LIQUIDATION).length
  if (count === 0) return []
  const hasStop = [plan.long, plan.short].some((side) => side?.stopLoss)
  const stop = hasStop ? ' A stop that lies beyond the price of liquidation is never reached.' : ''
  return [`Positions that were liquidated and lost their whole margin: ${count}.${stop} Take less leverage.`]
}

/** How far from the entry price a position is liquidated, as a fraction of it. */
function liquidationDistance(
  direction: 1 | -1,
  leverage: number,
  { maintenanceMarginRate }: InstrumentRules,
) {
  return direction * (1 - (1 - direction / leverage) / (1 - direction * maintenanceMarginRate))
}

/** Stops that cannot protect, since the margin is gone before. */
function warnOfStops({ instrument, signals }: Market, { leverage }: RunInput['settings']): string[] {
  if (instrument.kind !== 'linear') return []
  return ([1, -1] as const).flatMap((direction) => {
    const side = direction === 1 ? 'long' : 'short'
    const stop = signals[side]?.stopLoss
    const distance = liquidationDistance(direction, leverage, instrument)
    if (stop?.type !== 'percent' || stop.value / 100 < distance) return []
    const percent = (100 * distance).toFixed(2)
    return [
      `The stop of ${stop.value} % on a ${side} of ${instrument.id} lies beyond the liquidation, which is ${percent} % away at a leverage of ${leverage}.`,
    ]
  })
}

function warnOfFunding({ instrument, funding }: Market): string[] {
  if (instrument.kind !== 'linear' || funding) return []
  return [`${instrument.id} is a perpetual and the run knows no funding: its costs are left out.`]
}

/** What a reader of the result has to know. `gaps` are the bars that are missing. */
export function warningsOf(input: RunInput, { markets, outcome }: Simulated, gaps: number): RunWarning[] {
  const found: Record<string, string[]> = {
    range: markets.flatMap((market) => warnOfRange(market, input.settings)),
    warm_up: markets.flatMap((market) => warnOfWarmUp(market, input.settings.to)),
    no_trades: warnOfSilence(outcome),
    refused: warnOfRefusals(outcome),
    liquidations: warnOfLiquidations(outcome, input),
    stop_beyond_liquidation: markets.flatMap((market) => warnOfStops(market, input.settings)),
    gaps: gaps > 0 ? [`Missing bars: ${gaps}. Orders waited for the next one.`] : [],
    no_funding: markets.flatMap(warnOfFunding),
  }
  return Object.entries(found).flatMap(([code, messages]) => messages.map((message) => ({ code, message })))
}

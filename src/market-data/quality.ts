import type { Candles } from './candles.ts'
import { longestPeriod, periodEnd, periodsBetween, type Timeframe } from './timeframe.ts'

/** Bars that are missing between two that are there. `from` is the first missing bar, `to` the next stored one. */
export type Gap = { from: number; to: number; bars: number }

/**
 * What is remarkable about a stretch of candles, so that two stretches side by side can be put together without reading
 * them again. A bar is flat where all four prices are one; a run is of flat bars at one price.
 */
export type Quality = {
  bars: number
  firstAt: number
  lastAt: number
  firstClose: number
  lastClose: number
  withoutVolume: number
  /** Between neighbours, by the close. */
  jumps: number
  missing: number
  gaps: number
  /** The longest, longest first. */
  longestGaps: Gap[]
  /** The runs at both ends, which may go on beside them: how long, at what price. */
  lead: Run
  tail: Run
  staleRuns: number
  longestRun: number
}

type Run = { length: number; price: number }

/** As a change of the close, up or down. */
const JUMP = 0.2
/** So many flat bars at one price are a stale run. */
const STALE_BARS = 10
const GAPS_KEPT = 20

const NO_RUN: Run = { length: 0, price: 0 }

function gapBetween(last: number, next: number, timeframe: Timeframe): Gap | undefined {
  const from = periodEnd(last, timeframe)
  if (from >= next) return undefined
  return { from, to: next, bars: periodsBetween(from, next, timeframe) }
}

function isJump(before: number, after: number): boolean {
  return Math.abs(after / before - 1) > JUMP
}

function longest(gaps: Gap[]): Gap[] {
  return gaps.sort((a, b) => b.bars - a.bars || a.from - b.from).slice(0, GAPS_KEPT)
}

function isStale(run: Run): number {
  return run.length >= STALE_BARS ? 1 : 0
}

function barQuality({ timestamp, open, high, low, close, volume }: Candles, bar: number): Quality {
  const [time, price] = [timestamp[bar] as number, close[bar] as number]
  const isFlat = open[bar] === price && high[bar] === price && low[bar] === price
  const run = isFlat ? { length: 1, price } : NO_RUN
  return {
    ...{ bars: 1, firstAt: time, lastAt: time, firstClose: price, lastClose: price },
    ...{ withoutVolume: volume[bar] === 0 ? 1 : 0, jumps: 0, missing: 0, gaps: 0, longestGaps: [] },
    ...{ lead: run, tail: run, staleRuns: 0, longestRun: run.length },
  }
}

/** Runs that neither end touches are counted in `staleRuns`; those at the ends when it is known where they end. */
function joinRuns(a: Quality, b: Quality): Pick<Quality, 'lead' | 'tail' | 'staleRuns' | 'longestRun'> {
  const isOne = a.tail.length > 0 && b.lead.length > 0 && a.tail.price === b.lead.price
  const middle = isOne ? [{ length: a.tail.length + b.lead.length, price: a.tail.price }] : [a.tail, b.lead]
  const [aWhole, bWhole] = [a.lead.length === a.bars, b.lead.length === b.bars]
  const first = middle[0] as Run
  const last = middle.at(-1) as Run
  const inner = middle.filter((run) => !(aWhole && run === first) && !(bWhole && run === last))
  return {
    lead: aWhole ? first : a.lead,
    tail: bWhole ? last : b.tail,
    staleRuns: a.staleRuns + b.staleRuns + inner.reduce((sum, run) => sum + isStale(run), 0),
    longestRun: Math.max(a.longestRun, b.longestRun, first.length),
  }
}

/** The quality of two stretches, of which `b` follows `a`. */
export function joinQuality(a: Quality, b: Quality, timeframe: Timeframe): Quality {
  const gap = gapBetween(a.lastAt, b.firstAt, timeframe)
  const gaps = gap === undefined ? [] : [gap]
  return {
    bars: a.bars + b.bars,
    firstAt: a.firstAt,
    lastAt: b.lastAt,
    firstClose: a.firstClose,
    lastClose: b.lastClose,
    withoutVolume: a.withoutVolume + b.withoutVolume,
    jumps: a.jumps + b.jumps + (isJump(a.lastClose, b.firstClose) ? 1 : 0),
    missing: a.missing + b.missing + (gap?.bars ?? 0),
    gaps: a.gaps + b.gaps + gaps.length,
    longestGaps: longest([...a.longestGaps, ...gaps, ...b.longestGaps]),
    ...joinRuns(a, b),
  }
}

/** Of at least one bar. */
export function candlesQuality(candles: Candles, timeframe: Timeframe): Quality {
  const { timestamp, open, high, low, close, volume } = candles
  const quality = barQuality(candles, 0)
  const length = longestPeriod(timeframe)
  let run = quality.tail.length
  let isLead = true
  for (let bar = 1; bar < timestamp.length; bar++) {
    const price = close[bar] as number
    const before = close[bar - 1] as number
    if (volume[bar] === 0) quality.withoutVolume++
    if (isJump(before, price)) quality.jumps++
    const time = timestamp[bar] as number
    const last = timestamp[bar - 1] as number
    if (time - last !== length) noteGap(quality, gapBetween(last, time, timeframe))
    const isFlat = open[bar] === price && high[bar] === price && low[bar] === price
    if (isFlat && run > 0 && price === before) {
      run++
    } else {
      if (isLead) quality.lead = { length: run, price: before }
      else if (run >= STALE_BARS) quality.staleRuns++
      isLead = false
      run = isFlat ? 1 : 0
    }
    if (run > quality.longestRun) quality.longestRun = run
  }
  return { ...quality, ...endOf(candles, run, isLead, quality) }
}

function endOf({ timestamp, close }: Candles, run: number, isLead: boolean, { lead, longestGaps }: Quality) {
  const bars = timestamp.length
  const lastClose = close[bars - 1] as number
  const tail = run === 0 ? NO_RUN : { length: run, price: lastClose }
  const first = isLead ? tail : lead
  return {
    ...{ bars, lastClose, tail, lastAt: timestamp[bars - 1] as number },
    lead: first.length === 0 ? NO_RUN : first,
    longestGaps: longest(longestGaps),
  }
}

function noteGap(quality: Quality, gap: Gap | undefined): void {
  if (gap === undefined) return
  quality.gaps++
  quality.missing += gap.bars
  quality.longestGaps.push(gap)
  if (quality.longestGaps.length >= 50 * GAPS_KEPT) quality.longestGaps = longest(quality.longestGaps)
}

/** Runs that are long enough to be called stale, those at the ends included. */
export function staleRuns({ staleRuns, lead, tail, bars }: Quality): number {
  const ends = lead.length === bars ? [lead] : [lead, tail]
  return staleRuns + ends.reduce((sum, run) => sum + isStale(run), 0)
}

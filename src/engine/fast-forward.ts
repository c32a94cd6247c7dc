import { firstBarFrom } from '../market-data/candles.ts'
import type { Account } from './account.ts'
import type { Desk } from './desk.ts'
import type { Position } from './position.ts'
import type { RunSettings } from './settings.ts'

const DAY = 86_400_000

/**
 * Passes over the bars in which nothing can happen, marking the equity of each. Returns the instant to go on with.
 * One instrument alone: its bars are the instants.
 */
export function skipQuietBars(
  desks: readonly Desk[],
  settings: RunSettings,
  account: Account,
  at: number,
): number {
  const desk = desks[0]
  if (desks.length !== 1 || !desk || desk.hasOrders || desk.queuedExit) return at
  const from = desk.bar
  if (!desk.position) skipFlat(desk, account, at)
  else skipHeld(desk, desk.position, settings, account, at)
  return at + desk.bar - from
}

function skipFlat(desk: Desk, account: Account, at: number) {
  const { long, short } = desk.market.signals
  const from = desk.bar + 1
  const last = desk.endBar - 1
  const next = Math.min(nextEntry(long?.entry, from), nextEntry(short?.entry, from), last)
  account.equity.fill(account.ledger.cash, at, at + next - from)
  desk.bar = next - 1
}

function nextEntry(entry: Uint8Array | undefined, from: number): number {
  const found = entry ? entry.indexOf(1, from) : -1
  return found === -1 ? Number.POSITIVE_INFINITY : found
}

/** Only where nothing but fixed levels, a mask and the account's limits can end the quiet. */
function skipHeld(desk: Desk, position: Position, settings: RunSettings, account: Account, at: number) {
  const exit = desk.exitMask(position.direction)
  if (!exit || desk.market.funding || desk.side(position.direction)?.trailingStop) return
  const { candles } = desk
  const { maxBars, dailyLossPercent, maxDrawdownPercent } = settings.limits
  let end = desk.endBar - 1
  if (maxBars !== null) end = Math.min(end, position.entryBar + maxBars - 1)
  if (dailyLossPercent !== null) end = Math.min(end, firstBarFrom(candles, (account.day + 1) * DAY))
  const isLong = position.direction === 1
  const stretch = {
    equity: account.equity,
    at,
    bar: desk.bar + 1,
    end,
    exit,
    worst: isLong ? candles.low : candles.high,
    best: isLong ? candles.high : candles.low,
    close: candles.close,
    direction: position.direction,
    adverse: desk.adverse,
    favourable: desk.favourable,
    cash: account.ledger.cash,
    margin: position.margin,
    quantity: position.direction * position.quantity,
    entryPrice: position.entryPrice,
    // At 0 the account is ruined.
    lossFloor: dailyLossPercent === null ? 0 : Math.max(0, account.dayStart * (1 - dailyLossPercent / 100)),
    drawdownShare: maxDrawdownPercent === null ? Number.NEGATIVE_INFINITY : 1 - maxDrawdownPercent / 100,
    peak: account.peak,
    seenWorst: position.direction * (isLong ? position.lowest : position.highest),
    seenBest: position.direction * (isLong ? position.highest : position.lowest),
  }
  passStretch(stretch)
  if (stretch.bar === desk.bar + 1) return
  desk.bar = stretch.bar - 1
  account.peak = stretch.peak
  account.lastEquity = account.equity[stretch.at - 1] as number
  position.see(position.direction * stretch.seenWorst)
  position.see(position.direction * stretch.seenBest)
}

type Stretch = {
  equity: Float64Array
  at: number
  bar: number
  end: number
  exit: Uint8Array
  worst: Float64Array
  best: Float64Array
  close: Float64Array
  direction: number
  adverse: number
  favourable: number
  cash: number
  margin: number
  quantity: number
  entryPrice: number
  lossFloor: number
  drawdownShare: number
  peak: number
  seenWorst: number
  seenBest: number
}

/** The hot loop: `bar`, `at` and the extremes come back as they are when something may happen. */
function passStretch(stretch: Stretch) {
  const { equity, end, exit, worst, best, close, direction, adverse, favourable } = stretch
  const { cash, margin, quantity, entryPrice, lossFloor, drawdownShare } = stretch
  let { at, bar } = stretch
  // `Number` tells the compiler that a property is one, so that the loop needs no objects.
  let peak = Number(stretch.peak)
  let seenWorst = Number(stretch.seenWorst)
  let seenBest = Number(stretch.seenBest)
  for (; bar < end; bar++) {
    const down = direction * (worst[bar] as number)
    const up = direction * (best[bar] as number)
    if (down <= adverse || up >= favourable || exit[bar] === 1) break
    const value = cash + (margin + quantity * ((close[bar] as number) - entryPrice))
    if (value <= lossFloor || value <= peak * drawdownShare) break
    if (value > peak) peak = value
    equity[at++] = value
    if (down < seenWorst) seenWorst = down
    if (up > seenBest) seenBest = up
  }
  stretch.at = at
  stretch.bar = bar
  stretch.peak = peak
  stretch.seenWorst = seenWorst
  stretch.seenBest = seenBest
}

import { firstBarFrom } from '../market-data/candles.ts'
import type { Account } from './account.ts'
import type { Desk } from './desk.ts'
import type { Position } from './position.ts'
import type { RunSettings } from './settings.ts'

const DAY = 86_400_000

/**
 * Passes over the bars in which nothing can happen, marking the equity of each. Returns the instant to go on with.
 * The desks have a bar at each instant.
 */
export function skipQuietBars(
  desks: readonly Desk[],
  settings: RunSettings,
  account: Account,
  at: number,
): number {
  for (const desk of desks) if (desk.hasOrders || desk.queuedExit) return at
  const [desk] = desks
  if (desks.length === 1 && desk?.position) return skipHeld(desk, desk.position, settings, account, at)
  for (const { position } of desks) if (position) return at
  return skipFlat(desks, account, at)
}

function skipFlat(desks: readonly Desk[], account: Account, at: number): number {
  let count = Number.POSITIVE_INFINITY
  for (const desk of desks) {
    const from = desk.bar + 1
    count = Math.min(count, desk.nextSignal(from) - from, desk.endBar - 1 - from)
  }
  account.equity.fill(account.ledger.cash, at, at + count)
  for (const desk of desks) desk.bar += count
  return at + count
}

/** Only where nothing but fixed levels, a mask and the account's limits can end the quiet. */
function skipHeld(
  desk: Desk,
  position: Position,
  settings: RunSettings,
  account: Account,
  at: number,
): number {
  const exit = desk.exitMask(position.direction)
  if (!exit || desk.market.funding || desk.side(position.direction)?.trailingStop) return at
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
  if (stretch.bar === desk.bar + 1) return at
  desk.bar = stretch.bar - 1
  account.peak = stretch.peak
  account.lastEquity = account.equity[stretch.at - 1] as number
  position.see(position.direction * stretch.seenWorst)
  position.see(position.direction * stretch.seenBest)
  return stretch.at
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

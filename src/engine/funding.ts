import type { Desk } from './desk.ts'
import type { FundingRate, FundingTimes } from './market.ts'
import type { Position } from './position.ts'

/**
 * Takes out of a position's margin what fell due since the previous bar's open, or adds what it receives. Returns
 * whether that used the margin up.
 */
export function payFunding(
  desk: Desk,
  funding: FundingRate | FundingTimes,
  position: Position,
  open: number,
): boolean {
  const since = desk.candles.timestamp[desk.bar - 1] as number
  const until = desk.candles.timestamp[desk.bar] as number
  return funding.type === 'times'
    ? payTimes(desk, position, funding, { since, until, open })
    : payRate(position, funding, { since, until, open })
}

type Span = { since: number; until: number; open: number }

function payTimes(desk: Desk, position: Position, funding: FundingTimes, { since, until, open }: Span) {
  const { timestamp, rate, markPrice } = funding
  desk.nextFunding = advance(timestamp, desk.nextFunding, since)
  for (let at = desk.nextFunding; (timestamp[at] as number) <= until; at++) {
    const mark = markPrice[at] as number
    if (pay(position, Number.isNaN(mark) ? open : mark, rate[at] as number)) return true
  }
  return false
}

function advance(timestamp: Float64Array, from: number, since: number): number {
  let at = from
  while ((timestamp[at] as number) <= since) at++
  return at
}

function payRate(position: Position, { rate, interval }: FundingRate, { since, until, open }: Span): boolean {
  const dues = Math.floor(until / interval) - Math.floor(since / interval)
  for (let due = 0; due < dues; due++) if (pay(position, open, rate)) return true
  return false
}

function pay(position: Position, mark: number, rate: number): boolean {
  const due = position.direction * position.quantity * mark * rate
  const paid = due >= position.margin ? position.margin : due
  position.margin -= paid
  position.funding += paid
  return position.margin <= 0
}

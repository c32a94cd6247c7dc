import { isLargerMultiple, isTimeframe, TIMEFRAMES } from '../../market-data/timeframe.ts'
import { type Checking, refusePosition, type Scope } from './checking.ts'
import type { Kind } from './expression.ts'
import { type Facts, UNKNOWN_FACTS } from './facts.ts'
import { didYouMean } from './suggest.ts'

type At = Kind<'timeframe'>

/** `(expr)@4h`: computed on the bars of the larger timeframe, then held. */
export function checkTimeframe(checking: Checking, scope: Scope, expression: At): Facts {
  const facts = checking.factsOf({ ...scope, isBehindTimeframe: true }, expression.operand)
  checking.timeframes.add(expression.timeframe)
  if (!isKnown(checking, scope, expression)) return UNKNOWN_FACTS
  refuseNested(checking, scope, expression, facts)
  refusePosition(checking, scope, expression.operand, facts)
  warnOfCross(checking, scope, expression, facts)
  return {
    type: facts.type,
    isConstant: false,
    readsBars: false,
    readsHeld: true,
    readsPosition: false,
    isCross: false,
    height: facts.height + 1,
  }
}

function isKnown(
  { diagnostics, timeframe: base }: Checking,
  { path }: Scope,
  { timeframe, to }: At,
): boolean {
  const place = { path, from: to - timeframe.length - 1, to }
  if (!isTimeframe(timeframe)) {
    const suggestion = diagnostics.nearest(timeframe, TIMEFRAMES)
    const end = didYouMean(suggestion) || ` There are ${TIMEFRAMES.join(', ')}.`
    const message = `There is no timeframe ${JSON.stringify(timeframe.slice(0, 64))}.${end}`
    diagnostics.report('unknown_timeframe', place, message, suggestion)
    return false
  }
  if (isLargerMultiple(timeframe, base)) return true
  const message = `The timeframe ${timeframe} is not made of several whole bars of ${base}, the strategy's own timeframe.`
  diagnostics.report('timeframe_not_larger', place, message)
  return false
}

function refuseNested({ diagnostics }: Checking, scope: Scope, { from, to }: At, facts: Facts): void {
  if (!scope.isBehindTimeframe && !facts.readsHeld) return
  const message = 'There is an "@" inside of what stands before another "@". Use one of them.'
  diagnostics.report('nested_timeframe', { path: scope.path, from, to }, message)
}

function warnOfCross(
  { diagnostics, timeframe: base }: Checking,
  { path }: Scope,
  at: At,
  facts: Facts,
): void {
  if (!facts.isCross) return
  const message = `A cross on ${at.timeframe} stays true at every ${base} bar until the next bar of ${at.timeframe}. To see it once, compare held values: crosses_above(a@${at.timeframe}, b@${at.timeframe}).`
  diagnostics.report('held_cross', { path, from: at.from, to: at.to }, message)
}

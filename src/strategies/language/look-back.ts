import { findIndicator } from '../../indicators/catalogue.ts'
import { longestPeriod, type Timeframe } from '../../market-data/timeframe.ts'
import type { PlanNode } from './plan.ts'
import { promised } from './resolving.ts'

/** Bars that must lie before the first value of a node, beyond those of its inputs. */
export function ownWarmUp({ operation, numbers, name }: PlanNode): number {
  const [bars = 1] = numbers
  switch (operation) {
    case 'offset':
      return bars
    case 'highest':
    case 'lowest':
    case 'count':
      return bars - 1
    case 'crosses_above':
      return 1
    case 'indicator':
      return promised(findIndicator(name)).warmUp(numbers)
    default:
      return 0
  }
}

/** Bars beyond the warm-up until the start of the data moves a node's value no more. */
export function ownSettling({ operation, numbers, name }: PlanNode): number {
  const [bars = 1] = numbers
  if (operation === 'bars_since' || operation === 'value_when') return bars
  return operation === 'indicator' ? promised(findIndicator(name)).settle(numbers) : 0
}

/**
 * Base bars that `bars` of a larger timeframe take at most. The newest one that is visible can have ended almost a
 * period ago, and the first one of the data can be cut off.
 */
function inBaseBars(bars: number, larger: Timeframe, base: Timeframe): number {
  return (bars + 2) * Math.ceil(longestPeriod(larger) / longestPeriod(base))
}

export type LookBack = {
  /** Bars before the first value, in bars of the node's own timeframe. */
  warmUp: number
  /** Bars before a value that the start of the data does not move. */
  settled: number
}

/** What each node of a plan needs before its first value. */
export function lookBacks(nodes: readonly PlanNode[], base: Timeframe): LookBack[] {
  const found: LookBack[] = []
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => found[input] as LookBack)
    let warmUp = Math.max(0, ...inputs.map((input) => input.warmUp)) + ownWarmUp(node)
    let settled = Math.max(0, ...inputs.map((input) => input.settled)) + ownWarmUp(node) + ownSettling(node)
    if (node.operation === 'held') {
      const larger = node.name as Timeframe
      warmUp = inBaseBars(warmUp, larger, base)
      settled = inBaseBars(settled, larger, base)
    }
    found.push({ warmUp, settled })
  }
  return found
}

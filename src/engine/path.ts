import type { Desk } from './desk.ts'
import type { Ledger } from './ledger.ts'
import type { PathRule, RunSettings } from './settings.ts'
import type { Snapshot } from './size-entry.ts'
import { Walk } from './walk.ts'

type Bar = { open: number; high: number; low: number; close: number }

/** Walks the inside of a desk's bar on the path that the run's rule chooses. */
export function walkInside(desk: Desk, settings: RunSettings, snapshot: Snapshot, ledger: Ledger): Walk {
  const { candles, bar } = desk
  const prices = {
    open: candles.open[bar] as number,
    high: candles.high[bar] as number,
    low: candles.low[bar] as number,
    close: candles.close[bar] as number,
  }
  const { highFirst, lowFirst } = bothPaths(new Walk(desk, settings), prices, snapshot)
  if (!differ(highFirst, lowFirst, prices.close)) return choose(settings.path, highFirst, lowFirst, prices)
  ledger.ambiguousBars++
  const finer = settings.path === 'stored' ? desk.finerBars() : null
  if (!finer) return choose(settings.path, highFirst, lowFirst, prices)
  ledger.resolvedBars++
  return replay(new Walk(desk, settings), finer, snapshot)
}

function bothPaths(walk: Walk, { open, high, low, close }: Bar, snapshot: Snapshot) {
  const [highFirst, lowFirst] = [walk.fork(), walk.fork()]
  highFirst.line(open, high, snapshot)
  highFirst.line(high, low, snapshot)
  highFirst.line(low, close, snapshot)
  lowFirst.line(open, low, snapshot)
  lowFirst.line(low, high, snapshot)
  lowFirst.line(high, close, snapshot)
  return { highFirst, lowFirst }
}

function differ(a: Walk, b: Walk, close: number): boolean {
  return a.valueAt(close) !== b.valueAt(close) || (a.position === null) !== (b.position === null)
}

function choose(rule: PathRule, highFirst: Walk, lowFirst: Walk, { open, high, low, close }: Bar): Walk {
  if (rule === 'nearest_extreme') return high - open <= open - low ? highFirst : lowFirst
  const [first, second] = [highFirst.valueAt(close), lowFirst.valueAt(close)]
  if (first !== second) return first < second === (rule !== 'best_case') ? highFirst : lowFirst
  return highFirst.position && !lowFirst.position ? lowFirst : highFirst
}

/** Goes through the finer candles of a bar one after another. */
function replay(
  start: Walk,
  { candles, from, to }: NonNullable<ReturnType<Desk['finerBars']>>,
  snapshot: Snapshot,
): Walk {
  let walk = start
  for (let at = from; at < to; at++) {
    const prices = {
      open: candles.open[at] as number,
      high: candles.high[at] as number,
      low: candles.low[at] as number,
      close: candles.close[at] as number,
    }
    walk.enterAtOpen(prices.open, false, snapshot)
    walk.gap(prices.open, false)
    const { highFirst, lowFirst } = bothPaths(walk, prices, snapshot)
    walk = choose('worst_case', highFirst, lowFirst, prices)
  }
  return walk
}

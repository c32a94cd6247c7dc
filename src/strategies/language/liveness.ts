import { findIndicator } from '../../indicators/catalogue.ts'
import { type Fusion, fusionOf, hasColumn } from './fusion.ts'
import type { BarePlan, PlanNode } from './plan.ts'
import { rootsOf } from './plan-form.ts'
import { promised } from './resolving.ts'

/**
 * By node: the last one that reads it; infinite where it is read after all of them are there.
 * @param fusion what is computed together
 */
export function lastReaders(
  plan: Pick<BarePlan, 'graph' | 'long' | 'short' | 'rank'>,
  { heads }: Pick<Fusion, 'heads'>,
): number[] {
  const last = plan.graph.map(() => -1)
  plan.graph.forEach(({ inputs, readsPosition }, reader) => {
    // What depends on the position is read bar by bar, later.
    const until = readsPosition ? Number.POSITIVE_INFINITY : Math.max(...(heads[reader] as number[]))
    for (const input of inputs) last[input] = Math.max(last[input] as number, until)
  })
  for (const root of rootsOf(plan)) last[root] = Number.POSITIVE_INFINITY
  return last
}

/** By node: those that it is the last one to read. */
export function readForTheLastTime(last: readonly number[]): number[][] {
  const released: number[][] = last.map(() => [])
  last.forEach((reader, node) => {
    released[reader]?.push(node)
  })
  return released
}

/** What an indicator is called with: nodes that differ in their output only have it in common. */
export function callOf({ operation, timeframe, name, numbers, inputs }: PlanNode): string | undefined {
  return operation === 'indicator' ? `${timeframe} ${name} ${numbers} of ${inputs}` : undefined
}

function bytesOf({ operation, type, name, readsPosition }: PlanNode): number {
  if (readsPosition || operation === 'constant' || operation === 'column') return 0
  if (operation === 'indicator') return promised(findIndicator(name)).outputs.length * 8
  return type === 'boolean' ? 1 : 8
}

/**
 * Memory that an evaluation needs for each bar at most, beside the candles: what is read no more is given up. Bars of a
 * larger timeframe count as if there were as many of them.
 */
export function bytesPerBar(plan: BarePlan): number {
  const { heads } = fusionOf(plan, { recurs: false })
  const released = readForTheLastTime(lastReaders(plan, { heads }))
  let held = 0
  let most = 0
  plan.graph.forEach((node, position) => {
    if (!hasColumn(heads, position)) return
    held += bytesOf(node)
    most = Math.max(most, held)
    for (const read of released[position] as number[]) {
      if (hasColumn(heads, read)) held -= bytesOf(plan.graph[read] as PlanNode)
    }
  })
  return most
}

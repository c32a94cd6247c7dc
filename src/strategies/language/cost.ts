import { findIndicator } from '../../indicators/catalogue.ts'
import { callOf } from './liveness.ts'
import type { BarePlan } from './plan.ts'
import { promised } from './resolving.ts'

/**
 * Time that a plan takes for one bar, in units of a usual node (about 40 ns): one for each node, and what slow
 * indicators take beyond that, once for each call.
 */
export function costPerBar({ graph, nodes }: Pick<BarePlan, 'graph' | 'nodes'>): number {
  const calls = new Map<string, number>()
  for (const node of graph) {
    const call = callOf(node)
    if (call === undefined) continue
    const { cost } = promised(findIndicator(node.name))
    calls.set(call, cost === undefined ? 0 : cost(node.numbers) - 1)
  }
  return Math.ceil([...calls.values()].reduce((sum, more) => sum + more, nodes))
}

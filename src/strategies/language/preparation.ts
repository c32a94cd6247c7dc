import { type FusedLoop, fusedLoop } from './fused-loop.ts'
import { type Fusion, fusionOf, noFusion } from './fusion.ts'
import { lastReaders, readForTheLastTime } from './liveness.ts'
import type { BarePlan } from './plan.ts'
import { rootsOf } from './plan-form.ts'

/** What of an evaluation depends on how a plan is built, not on its numbers. */
export type Preparation = {
  fusion: Fusion
  /** By node, those that it is the last one to read. */
  released: readonly (readonly number[])[]
  /** By node, the loop that it is computed in together with others. */
  loops: readonly (FusedLoop | undefined)[]
}

const MOST_KEPT = 256
/** Characters of all keys: preparations of large plans take memory in proportion to them. */
const MOST_CHARACTERS = 4_000_000
const kept = new Map<string, Preparation>()
let keptCharacters = 0

function releasedBy(plan: BarePlan, fusion: Fusion): number[][] {
  return readForTheLastTime(lastReaders(plan, fusion))
}

export function prepare(plan: BarePlan, fuses: boolean, recurs: boolean): Preparation {
  if (!fuses) {
    const fusion = noFusion(plan)
    return { fusion, released: releasedBy(plan, fusion), loops: [] }
  }
  const key = `${recurs} ${shapeOf(plan)}`
  const found = kept.get(key)
  if (found) return found
  if (kept.size === MOST_KEPT || keptCharacters > MOST_CHARACTERS) {
    kept.clear()
    keptCharacters = 0
  }
  keptCharacters += key.length
  const fusion = fusionOf(plan, { recurs })
  const loops = fusion.groups.map((group) => (group.length > 1 ? fusedLoop(plan.graph, group) : undefined))
  const made = { fusion, released: releasedBy(plan, fusion), loops }
  kept.set(key, made)
  return made
}

/** The same for plans that differ in numbers alone, as those of a sweep. */
function shapeOf(plan: BarePlan): string {
  let shape = rootsOf(plan).join()
  for (const { operation, type, timeframe, name, inputs } of plan.graph) {
    shape += `;${operation} ${type} ${timeframe} ${name} ${inputs}`
  }
  return shape
}

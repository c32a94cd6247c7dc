import type { Answer } from '../../client.ts'
import { type Action, type Memo, outcomeOf } from './action.ts'
import { fingerprint, type World } from './world.ts'

/** An action that was answered. */
export type Done = { action: Action; answer: Answer }

type State = { world: World; memos: Memo[]; places: number[] }
type Explained = { worlds: World[]; doubts: Set<string> }

/** Does the next step of one action. @returns nothing where the action cannot have been answered as it was */
function advance(
  state: State,
  index: number,
  { action, answer }: Done,
  doubts: Set<string>,
): State | undefined {
  const { world, memos, places } = structuredClone(state)
  const place = places[index] ?? 0
  const expected = action.steps[place]?.(world, answer, memos[index] ?? { serial: 0 })
  if (expected !== undefined && expected !== outcomeOf(answer)) {
    doubts.add(`${action.text}: expected ${expected}, was answered ${outcomeOf(answer)}`)
    return undefined
  }
  places[index] = expected === undefined ? place + 1 : action.steps.length
  return { world, memos, places }
}

function* statesFrom(start: State, dones: Done[], doubts: Set<string>): Generator<World> {
  const seen = new Set<string>()
  const open = [start]
  while (true) {
    const state = open.pop()
    if (state === undefined) return
    const unfinished = dones.filter(({ action }, index) => (state.places[index] ?? 0) < action.steps.length)
    if (unfinished.length === 0) yield state.world
    for (const done of unfinished) {
      const next = advance(state, dones.indexOf(done), done, doubts)
      if (next === undefined) continue
      const key = JSON.stringify([fingerprint(next.world), next.memos, next.places])
      if (seen.has(key)) continue
      seen.add(key)
      open.push(next)
    }
  }
}

/**
 * In which worlds can these actions have been answered as they were, if they happened at once, in whatever order of
 * their steps?
 * @param serial the number of the first of them
 */
export function explain(worlds: World[], dones: Done[], serial: number): Explained {
  const doubts = new Set<string>()
  const found = new Map<string, World>()
  const nothingYet = {
    memos: dones.map((_, index) => ({ serial: serial + index })),
    places: dones.map(() => 0),
  }
  for (const world of worlds) {
    for (const reached of statesFrom({ world, ...nothingYet }, dones, doubts)) {
      found.set(fingerprint(reached), reached)
    }
  }
  return { worlds: [...found.values()], doubts }
}

import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { isLong } from '../long.ts'
import { fuzzSeed } from '../seed.ts'

const RUNS = isLong ? 50_000 : 1_000

/** Tries a property of plain functions with many texts. */
export function check<T extends [unknown, ...unknown[]]>(t: TestContext, property: fc.IProperty<T>): void {
  const seed = fuzzSeed()
  t.diagnostic(`SEED=${seed}`)
  fc.assert(property, { numRuns: RUNS, seed })
}

/** The same for what takes its time. */
export async function checkAsync<T>(
  t: TestContext,
  property: fc.IAsyncProperty<T>,
  numRuns = RUNS,
): Promise<void> {
  const seed = fuzzSeed()
  t.diagnostic(`SEED=${seed}`)
  await fc.assert(property, { numRuns, seed })
}

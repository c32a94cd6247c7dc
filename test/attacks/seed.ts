import { isLong } from './long.ts'

/** What a random test begins with: the given one, else always the same in the short form, another each time in the long. */
export function fuzzSeed(): number {
  const given = process.env.SEED
  if (given !== undefined) return Number(given)
  return isLong ? Math.floor(performance.timeOrigin % 2 ** 31) : 20_261_123
}

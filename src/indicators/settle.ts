import { exp } from '../numerics/exp.ts'
import { ln } from '../numerics/ln.ts'

/** What is left of a seed when it has settled: ten times less than the type promises, for what is divided after. */
const SEED_WEIGHT = 1e-10
const LN_SEED_WEIGHT = ln(SEED_WEIGHT)

/**
 * Bars until all that came before weighs nothing in an exponential average, or in `stages` of them, each of the one
 * before.
 */
export function settleOf(alpha: number, stages = 1): number {
  if (alpha >= 1) return 0
  let bars = Math.ceil(LN_SEED_WEIGHT / ln(1 - alpha))
  while (weightBefore(bars, alpha, stages) > SEED_WEIGHT) bars += Math.ceil(bars / 8)
  return bars
}

/** The chance of fewer than `stages` hits in `bars` draws of chance `alpha`: what a chain of averages remembers. */
function weightBefore(bars: number, alpha: number, stages: number): number {
  let term = exp(bars * ln(1 - alpha))
  let sum = term
  for (let hits = 1; hits < stages; hits++) {
    term *= (((bars - hits + 1) / hits) * alpha) / (1 - alpha)
    sum += term
  }
  return sum
}

import { percent } from './ratio.ts'

/** 100·G / (G + L) of Wilder's averages of gains and losses, from bar `length` on; 0 where both are 0, as in TA-Lib. */
export function relativeStrength(source: Float64Array, length: number, out: Float64Array): void {
  const alpha = 1 / length
  const keep = 1 - alpha
  let { gains, losses } = firstMoves(source, length)
  out[length] = percent(gains, gains + losses)
  let before = source[length] as number
  for (let bar = length + 1; bar < source.length; bar++) {
    const value = source[bar] as number
    const change = value - before
    const gain = risen(change)
    gains = alpha * gain + keep * gains
    losses = alpha * (gain - change) + keep * losses
    out[bar] = percent(gains, gains + losses)
    before = value
  }
}

/** A change where it is above 0, else 0: without a branch, since nobody can guess where the price goes next. */
function risen(change: number): number {
  return 0.5 * (change + Math.abs(change))
}

/** Mean gain and mean loss of the first `length` changes. */
export function firstMoves(source: Float64Array, length: number): { gains: number; losses: number } {
  let gains = 0
  let losses = 0
  for (let bar = 1; bar <= length; bar++) {
    const change = (source[bar] as number) - (source[bar - 1] as number)
    const gain = risen(change)
    gains += gain
    losses += gain - change
  }
  return { gains: gains / length, losses: losses / length }
}

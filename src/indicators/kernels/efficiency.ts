import { rollingSum } from './rolling-mean.ts'

/** Distance over way of the last `length` moves, from bar `length` on; 1 where there was none, as in TA-Lib. */
export function efficiency(source: Float64Array, length: number, out: Float64Array): void {
  const moves = new Float64Array(source.length)
  for (let bar = 1; bar < moves.length; bar++) {
    moves[bar] = Math.abs((source[bar] as number) - (source[bar - 1] as number))
  }
  rollingSum(moves.subarray(1), length, out.subarray(1))
  for (let bar = length; bar < out.length; bar++) {
    const way = out[bar] as number
    const distance = Math.abs((source[bar] as number) - (source[bar - length] as number))
    // Rounding may leave the way of a straight line shorter than the distance.
    out[bar] = way <= distance ? 1 : distance / way
  }
}

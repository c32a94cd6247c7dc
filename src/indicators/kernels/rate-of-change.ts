import { percent } from './ratio.ts'

/** From bar `length` on, in percent. */
export function rateOfChange(source: Float64Array, length: number, out: Float64Array): void {
  for (let bar = length; bar < out.length; bar++) {
    const before = source[bar - length] as number
    out[bar] = percent((source[bar] as number) - before, before)
  }
}

import { countUpTo, emptySortedWindow, insertValue, removeValue } from './sorted-window.ts'

/** Share in percent of the `length` values before that are not above the newest, from bar `length` on. */
export function percentRanks(source: Float64Array, length: number, out: Float64Array): void {
  const window = emptySortedWindow(length)
  for (let bar = 0; bar < length; bar++) insertValue(window, source[bar] as number)
  for (let bar = length; bar < source.length; bar++) {
    const value = source[bar] as number
    out[bar] = (100 * countUpTo(window, value)) / length
    removeValue(window, source[bar - length] as number)
    insertValue(window, value)
  }
}

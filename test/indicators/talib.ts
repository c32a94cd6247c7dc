import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { init } from 'talib-web'
import type { Series } from './textbook.ts'

/** TA-Lib's own C code, compiled to WebAssembly. */
type Library = {
  HEAPF64: Float64Array
  HEAP32: Int32Array
  _malloc(bytes: number): number
  _free(address: number): void
  [name: `_TA_${string}`]: (...parameters: number[]) => number
}

let library: Library | undefined

export async function loadTalib(): Promise<void> {
  const file = fileURLToPath(import.meta.resolve('talib-web')).replace('index.cjs.js', 'talib.wasm')
  library = await init(`data:application/wasm;base64,${await readFile(file, 'base64')}`)
}

/**
 * Calls a C function of TA-Lib and puts what it returns at the bars that it names. The package's own wrappers are not
 * used: they let the C code read and write past the end, and give it no place for its counters, which breaks STOCH.
 */
export function talib(name: string, inputs: Series[], options: number[], outputs = 1): Series[] {
  if (library === undefined) throw new Error('Call loadTalib first.')
  const { _malloc, _free } = library
  const call = library[`_TA_${name}` as const]
  const bars = inputs[0]?.length ?? 0
  const room = Array.from({ length: inputs.length + outputs }, () => _malloc(8 * bars))
  const counters = _malloc(8)
  for (const [i, values] of inputs.entries()) library.HEAPF64.set(values, (room[i] ?? 0) / 8)
  const [from, to] = [room.slice(0, inputs.length), room.slice(inputs.length)]
  const code = call?.(0, bars - 1, ...from, ...options, counters, counters + 4, ...to)
  if (code !== 0) throw new Error(`TA_${name} answered ${code}.`)
  const [first = 0, count = 0] = library.HEAP32.subarray(counters / 4, counters / 4 + 2)
  const { HEAPF64 } = library
  const placed = to.map((address) => [
    ...new Array<number>(first).fill(Number.NaN),
    ...HEAPF64.subarray(address / 8, address / 8 + count),
  ])
  for (const address of [...room, counters]) _free(address)
  return placed
}

/** A function of TA-Lib with one output, over series of which the first values may be missing. */
function over(name: string, series: Series, options: number[]): Series {
  const start = series.findIndex((value) => !Number.isNaN(value))
  const [output = []] = talib(name, [series.slice(start)], options)
  return [...new Array<number>(start).fill(Number.NaN), ...output]
}

/** The number of the exponential average in TA-Lib's list. */
const EXPONENTIAL = 1

export const SMA = (series: Series, length: number) => over('SMA', series, [length])
export const EMA = (series: Series, length: number) => over('EMA', series, [length])
export const WMA = (series: Series, length: number) => over('WMA', series, [length])
export const ROC = (series: Series, length: number) => over('ROC', series, [length])
export const RSI = (series: Series, length: number) => over('RSI', series, [length])
export const MAX = (series: Series, length: number) => over('MAX', series, [length])
export const MIN = (series: Series, length: number) => over('MIN', series, [length])
export const APO = (series: Series, fast: number, slow: number) =>
  over('APO', series, [fast, slow, EXPONENTIAL])
export const PPO = (series: Series, fast: number, slow: number) =>
  over('PPO', series, [fast, slow, EXPONENTIAL])

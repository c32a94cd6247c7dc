import { readFileSync } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CANDLE_COLUMNS, type Candles } from '../../src/market-data/candles.ts'
import { generateCandles, type Recipe } from '../../src/market-data/generate-candles.ts'
import { BENCH_FOLDER } from '../lab/folder.ts'

/*
 * Bars in a file that every language reads: the columns one after another, timestamp (UTC in ms), open, high, low,
 * close, volume, each as 64-bit floats, little-endian. The number of bars is the size by 48.
 */

const BYTES_PER_BAR = CANDLE_COLUMNS.length * 8

/** Writes the bars of a recipe, once. @returns the file */
export async function writeBars(name: string, recipe: Recipe): Promise<string> {
  const folder = join(BENCH_FOLDER, 'engine')
  const path = join(folder, `${name}.bars`)
  const recipePath = `${path}.json`
  const wanted = JSON.stringify(recipe)
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  const isThere = size > 0 && readFileSync(recipePath, { encoding: 'utf8', flag: 'a+' }) === wanted
  if (isThere) return path
  await mkdir(folder, { recursive: true })
  const candles = generateCandles(recipe)
  await writeFile(
    path,
    CANDLE_COLUMNS.map((column) => new Uint8Array(candles[column].slice().buffer)),
  )
  await writeFile(recipePath, wanted)
  return path
}

/** The bars of such a file, in memory. */
export function readBars(path: string): Candles {
  const bytes = readFileSync(path)
  const bars = bytes.length / BYTES_PER_BAR
  const column = (index: number) => {
    const from = bytes.byteOffset + index * bars * 8
    return new Float64Array(bytes.buffer.slice(from, from + bars * 8))
  }
  return {
    timestamp: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
  }
}

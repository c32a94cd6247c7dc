import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Candles } from '../../src/market-data/candles.ts'
import { generateCandles } from '../../src/market-data/generate-candles.ts'
import { BENCH_FOLDER } from '../lab/folder.ts'
import { RECIPE } from './strategy.ts'

const ROWS_AT_ONCE = 50_000

function* linesOf({ timestamp, open, high, low, close, volume }: Candles): Generator<string> {
  yield 'timestamp,open,high,low,close,volume\n'
  for (let from = 0; from < timestamp.length; from += ROWS_AT_ONCE) {
    let text = ''
    for (let bar = from; bar < Math.min(timestamp.length, from + ROWS_AT_ONCE); bar += 1)
      text += `${timestamp[bar]},${open[bar]},${high[bar]},${low[bar]},${close[bar]},${volume[bar]}\n`
    yield text
  }
}

/** A CSV file of made-up candles of one minute, written once; another seed gives other ones. */
export async function candleFile(bars: number, seed: number): Promise<string> {
  const folder = join(BENCH_FOLDER, 'engine')
  const path = join(folder, `candles-${bars}-${seed}.csv`)
  if (existsSync(path)) return path
  await mkdir(folder, { recursive: true })
  await writeFile(`${path}.part`, linesOf(generateCandles({ ...RECIPE, seed, bars })))
  await rename(`${path}.part`, path)
  return path
}

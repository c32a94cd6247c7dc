import { readFileSync } from 'node:fs'
import { type Candles, emptyCandles } from '../../src/market-data/candles.ts'

/** Candles of a CSV file with a header `timestamp,open,high,low,close,volume`. */
export function readCandles(path: string): Candles {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  const candles = emptyCandles(lines.length)
  for (const [bar, line] of lines.entries()) {
    const [time = '', ...values] = line.split(',')
    candles.timestamp[bar] = Date.parse(time.endsWith('Z') ? time : `${time.replace(' ', 'T')}Z`)
    for (const [i, name] of (['open', 'high', 'low', 'close', 'volume'] as const).entries()) {
      candles[name][bar] = Number(values[i])
    }
  }
  return candles
}

import type { Column, Indicator } from './indicator.ts'

const DAY = 86_400_000
/** The most bars that a UTC day can have: one a second. */
const BARS_A_DAY = 86_400

export const vwap: Indicator = {
  name: 'vwap',
  title: 'Volume-weighted average price of the day',
  category: 'volume',
  inputs: ['timestamp', 'high', 'low', 'close', 'volume'],
  parameters: [],
  outputs: ['vwap'],
  definition:
    'Mean of p = (high + low + close) / 3 since 00:00 UTC, weighted by volume; p itself while there was none.',
  reference: 'A textbook form in the tests',
  warmUpFormula: '0',
  warmUp: () => 0,
  settle: () => BARS_A_DAY,
  compute(
    [timestamp, high, low, close, volume]: [Column, Column, Column, Column, Column],
    _parameters: [],
    [out]: [Column],
  ) {
    let [day, turnover, traded] = [Number.NaN, 0, 0]
    for (let bar = 0; bar < out.length; bar++) {
      const today = Math.floor((timestamp[bar] as number) / DAY)
      if (today !== day) [day, turnover, traded] = [today, 0, 0]
      const price = ((high[bar] as number) + (low[bar] as number) + (close[bar] as number)) / 3
      turnover += price * (volume[bar] as number)
      traded += volume[bar] as number
      out[bar] = traded > 0 ? turnover / traded : price
    }
  },
}

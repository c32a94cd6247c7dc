import type { Candles } from '../../market-data/candles.ts'
import { fixed, type Scale } from './chart.ts'

/** Bodies and wicks, rising and falling, as two paths each. `length` is that of a bar in ms. */
export function candlePaths(candles: Candles, length: number, x: Scale, y: Scale): string {
  const paths = { rise: { wick: '', body: '' }, fall: { wick: '', body: '' } }
  const width = x.place(x.from + length) * 0.7
  for (let at = 0; at < candles.timestamp.length; at++) {
    const [open, close] = [candles.open[at] as number, candles.close[at] as number]
    const middle = x.place((candles.timestamp[at] as number) + length / 2)
    const path = close >= open ? paths.rise : paths.fall
    const [top, bottom] = [y.place(Math.max(open, close)), y.place(Math.min(open, close))]
    const height = fixed(Math.max(1, bottom - top))
    path.wick += `M${fixed(middle)} ${fixed(y.place(candles.high[at] as number))}V${fixed(y.place(candles.low[at] as number))}`
    path.body += `M${fixed(middle - width / 2)} ${fixed(top)}h${fixed(width)}v${height}h-${fixed(width)}z`
  }
  return (['rise', 'fall'] as const)
    .map(
      (way) =>
        `<path class="wick ${way}" d="${paths[way].wick}"/><path class="body ${way}" d="${paths[way].body}"/>`,
    )
    .join('')
}

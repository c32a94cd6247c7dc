import { rollingMean, rollingSum } from './rolling-mean.ts'

/** Mean of the last `length` prices by volume, from bar `length - 1` on; the plain mean where there was no volume. */
export function volumeWeightedMean(
  prices: Float64Array,
  volume: Float64Array,
  length: number,
  out: Float64Array,
): void {
  const turnover = new Float64Array(prices.length)
  for (let bar = 0; bar < turnover.length; bar++) {
    turnover[bar] = (prices[bar] as number) * (volume[bar] as number)
  }
  const volumes = new Float64Array(prices.length)
  const turnovers = new Float64Array(prices.length)
  rollingSum(volume, length, volumes)
  rollingSum(turnover, length, turnovers)
  rollingMean(prices, length, out)
  for (let bar = length - 1; bar < out.length; bar++) {
    const sum = volumes[bar] as number
    if (sum > 0) out[bar] = (turnovers[bar] as number) / sum
  }
}

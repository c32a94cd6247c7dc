import type { MetricUnit } from '../../engine/metrics/catalogue.ts'

const DIGITS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })
const PRICES = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 7 })

export const price = (value: number) => PRICES.format(value)
export const money = (value: number) => DIGITS.format(value)
export const percent = (fraction: number) => `${DIGITS.format(fraction * 100)} %`

const UNITS: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** A length of time in its two largest units. */
export function duration(ms: number): string {
  const parts: string[] = []
  let left = ms
  for (const [length, unit] of UNITS) {
    const count = Math.floor(left / length)
    if (count > 0 && parts.length < 2) parts.push(`${DIGITS.format(count)} ${unit}`)
    left -= count * length
  }
  return parts.join(' ') || '0 s'
}

const FORMS: Record<MetricUnit, (value: number) => string> = {
  fraction: percent,
  money,
  ratio: money,
  count: money,
  milliseconds: duration,
}

/** A metric as people read it; an en dash where it has no value. */
export function metricText(value: number | null, unit: MetricUnit): string {
  return value === null ? '–' : FORMS[unit](value)
}

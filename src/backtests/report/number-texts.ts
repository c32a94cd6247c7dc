import type { MetricUnit } from '../../engine/metrics/catalogue.ts'

const DIGITS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })
const FULL = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const SHORT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const PRICES = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 7 })

// The "+ 0" makes a 0 of what would be shown as −0.
export const price = (value: number) => PRICES.format(value + 0)
export const money = (value: number) => FULL.format(value + 0)

export const plain = (value: number) => DIGITS.format(value + 0)
export const percent = (fraction: number) => `${DIGITS.format(fraction * 100 + 0)} %`
/** At an axis, where there is little room: 12,500, 1.5M, 2e+21. */
export function axisText(value: number): string {
  if (Math.abs(value) >= 1e15) return value.toExponential().replace(/(\.\d)\d*/, '$1')
  return Math.abs(value) < 1e6 ? price(value) : COMPACT.format(value)
}
/** Of a table whose heading says that it is in per cent. */
export const shortPercent = (fraction: number) => SHORT.format(Math.round(fraction * 1_000) / 10 + 0)

/** A time as `2024-11-30 12:05`, UTC. */
export function timeText(ms: number): string {
  const text = new Date(ms).toISOString().replace('T', ' ')
  return ms % 60_000 === 0 ? text.slice(0, 16) : text.slice(0, 19)
}

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
  count: plain,
  milliseconds: duration,
}

/** A metric as people read it, money with its currency; an en dash where it has no value. */
export function metricText(value: number | null, unit: MetricUnit, currency = ''): string {
  if (value === null) return '–'
  const text = FORMS[unit](value)
  return unit === 'money' && currency !== '' ? `${text} ${currency}` : text
}

import { INDICATORS } from '../../src/indicators/catalogue.ts'
import type { Indicator, IndicatorCategory } from '../../src/indicators/indicator.ts'
import { MEASURED_ERRORS } from '../../src/indicators/measured-errors.ts'
import { signatureOf, usualParameters } from '../../src/indicators/usual-call.ts'

const HEADINGS: Record<IndicatorCategory, string> = {
  average: 'Averages',
  momentum: 'Momentum',
  volatility: 'Volatility',
  volume: 'Volume',
  trend: 'Trend',
  statistic: 'Statistics',
}

/** Between these lines of docs/INDICATORS.md stands what `indicatorTables` makes. */
export const MARKS = ['<!-- the tables begin -->', '<!-- the tables end -->'] as const

/** All indicators as tables in Markdown, by category. */
export function indicatorTables(): string {
  const parts = Object.entries(HEADINGS).map(([category, heading]) => {
    const rows = INDICATORS.filter((indicator) => indicator.category === category).map(row)
    return [`### ${heading}`, '', ...HEAD, ...rows].join('\n')
  })
  return parts.join('\n\n')
}

const HEAD = [
  '| Call | Outputs | Definition | Warm-up, settled | Checked against | Error |',
  '| --- | --- | --- | --- | --- | --- |',
]

function row(indicator: Indicator): string {
  const parameters = usualParameters(indicator)
  const settle = indicator.settle(parameters)
  const cells = [
    `\`${signatureOf(indicator)}\``,
    indicator.outputs.map((output) => `\`${output}\``).join(' '),
    indicator.definition.replaceAll('|', '\\|'),
    `${indicator.warmUp(parameters)}, ${settle === Number.POSITIVE_INFINITY ? 'never' : settle}`,
    indicator.reference,
    MEASURED_ERRORS[indicator.name]?.toExponential().replace('+', '') ?? '',
  ]
  return `| ${cells.join(' | ')} |`
}

import { type Runs, ratiosOf, type Spread, spreadOf } from './compare.ts'

/** One line of the results, as it is shown. */
export type Row = {
  operation: string
  ours: string
  against: string
  theirs: string
  ratio: string
  goal: string
  holds: 'yes' | 'no' | 'skipped' | 'failed' | ''
}

const COLUMNS: Record<keyof Row, string> = {
  operation: 'Operation',
  ours: 'Ours',
  against: 'Against',
  theirs: 'Theirs',
  ratio: 'Ours / theirs',
  goal: 'Goal',
  holds: 'Holds',
}

export function digits(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US')
  return value >= 100 ? value.toFixed(0) : value.toPrecision(value < 1 ? 2 : 3)
}

export function spreadText({ median, min, max }: Spread, unit: string): string {
  return `${digits(median)}${unit} (${digits(min)}–${digits(max)})`
}

function ratesText({ rates, loadShare }: Runs): string {
  const share = loadShare === undefined ? '' : `, load ${Math.round(loadShare * 100)} %`
  return `${spreadText(spreadOf(rates), '/s')}${share}`
}

/** One contender against another. @param goal what the median of the ratios has to reach, if anything */
export function comparisonRow(operation: string, ours: Runs, theirs: Runs, goal: number | undefined): Row {
  const ratio = ratiosOf(ours, theirs)
  const failed = ours.failed + theirs.failed
  const reached = goal === undefined ? '' : ratio.median >= goal ? 'yes' : 'no'
  return {
    operation,
    ours: ratesText(ours),
    against: theirs.name,
    theirs: ratesText(theirs),
    ratio: spreadText(ratio, ''),
    goal: goal === undefined ? '' : `≥ ${goal}`,
    holds: failed > 0 ? 'failed' : reached,
  }
}

/** Where there is nothing to compare with. */
export function unmeasuredRow(
  operation: string,
  against: string,
  reason: string,
  holds: 'skipped' | 'failed',
): Row {
  return { operation, ours: '', against, theirs: reason, ratio: '', goal: '', holds }
}

/** A value of ours alone that is to be high. @param goal what it has to reach */
export function goalRow(operation: string, values: Spread, unit: string, goal: number): Row {
  return {
    ...valueRow(operation, values, unit),
    goal: `≥ ${digits(goal)}${unit}`,
    holds: values.median >= goal ? 'yes' : 'no',
  }
}

/** What was found beside the times. */
export function factRow(operation: string, ours: string, against: string, theirs: string[]): Row {
  return { operation, ours, against, theirs: theirs.join(', '), ratio: '', goal: '', holds: '' }
}

function isWithin(value: number, limit: number | undefined): Row['holds'] {
  if (limit === undefined) return ''
  return value <= limit ? 'yes' : 'no'
}

/** A value of ours alone. @param limit what it may reach at most, if anything */
export function valueRow(operation: string, values: Spread, unit: string, limit?: number): Row {
  return {
    operation,
    ours: spreadText(values, unit),
    against: '',
    theirs: '',
    ratio: '',
    goal: limit === undefined ? '' : `≤ ${digits(limit)}${unit}`,
    holds: isWithin(values.median, limit),
  }
}

/** The rows as a table in Markdown, its columns in line. */
export function tableOf(rows: Row[]): string {
  const names = Object.keys(COLUMNS).filter((name): name is keyof Row => name in COLUMNS)
  const cells = [COLUMNS, ...rows].map((row) => names.map((name) => row[name]))
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

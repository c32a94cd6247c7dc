import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { INDICATORS } from '../src/indicators/catalogue.ts'
import { measuredCandles, measureError } from '../test/indicators/conformance.ts'
import { readCandles } from '../test/indicators/read-candles.ts'
import { loadTalib } from '../test/indicators/talib.ts'

const ROOT = join(import.meta.dirname, '..')
const ERRORS = join(ROOT, 'src/indicators/measured-errors.ts')
const DOCS = join(ROOT, 'docs/INDICATORS.md')

/** Nothing less is claimed: a few roundings. */
const LEAST = 1e-15

/** One digit, rounded up with room for the last digits of another machine's reference. */
function rounded(error: number): number {
  const wanted = Math.max(error * 1.5, LEAST)
  const size = 10 ** Math.floor(Math.log10(wanted))
  return Number((Math.ceil(wanted / size) * size).toExponential(0))
}

function sourceOf(errors: [name: string, error: number][]): string {
  const lines = errors.map(([name, error]) => `  ${name}: ${error.toExponential().replace('+', '')},`)
  return [
    '/**',
    ' * The largest distance of each indicator from its reference, over the larger of the value and the scale, on made',
    ' * candles: written by scripts/measure-indicators.ts, and measured again by a test.',
    ' */',
    'export const MEASURED_ERRORS: Readonly<Record<string, number>> = {',
    ...lines,
    '}',
    '',
  ].join('\n')
}

/** Measures on made candles, and writes the table that the catalogue serves and the tables of the docs. */
async function write(): Promise<void> {
  const candles = measuredCandles()
  const errors = INDICATORS.map((indicator): [string, number] => [
    indicator.name,
    rounded(measureError(indicator, candles)),
  ])
  await writeFile(ERRORS, sourceOf(errors))
  // Reads what was just written.
  const { indicatorTables, MARKS } = await import('../test/indicators/listing.ts')
  const [before = '', rest = ''] = (await readFile(DOCS, 'utf8')).split(MARKS[0])
  const after = rest.split(MARKS[1])[1] ?? ''
  await writeFile(DOCS, `${before}${MARKS[0]}\n\n${indicatorTables()}\n\n${MARKS[1]}${after}`)
}

/** Prints what is measured on the candles of files, the largest last. */
function measure(paths: string[]): void {
  const candles = paths.map(readCandles)
  const errors = INDICATORS.map((indicator) => ({
    name: indicator.name,
    error: measureError(indicator, candles),
  }))
  for (const { name, error } of errors.toSorted((a, b) => a.error - b.error)) {
    process.stdout.write(`${error.toExponential(1)} ${name}\n`)
  }
}

await loadTalib()
const paths = process.argv.slice(2)
if (paths.length > 0) measure(paths)
else await write()

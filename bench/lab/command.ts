import { type Family, keepResults } from './results-file.ts'
import { type Row, tableOf, unmeasuredRow } from './rows.ts'

type Lab = { quick: boolean; note(text: string): void; close(): Promise<void> }

/** What a command measures: trials by the names that `ONLY` takes, in a laboratory. */
export type Measurement<L extends Lab> = {
  family: Family
  trials: Record<string, (lab: L) => Promise<Row[]>>
  open(quick: boolean): Promise<L>
}

function chosen(all: string[]): string[] {
  const only = process.env.ONLY?.split(',').filter((name) => name !== '') ?? []
  const unknown = only.filter((name) => !all.includes(name))
  if (unknown.length === 0) return only.length === 0 ? all : only
  process.stderr.write(`There is no ${unknown.join(', ')}. ONLY takes ${all.join(', ')}.\n`)
  process.exit(1)
}

/** One that fails leaves the others to be measured. */
async function attempt<L extends Lab>(
  name: string,
  trial: ((lab: L) => Promise<Row[]>) | undefined,
  lab: L,
): Promise<Row[]> {
  try {
    return (await trial?.(lab)) ?? []
  } catch (error) {
    lab.note(error instanceof Error && error.stack ? error.stack : String(error))
    return [unmeasuredRow(name, '', 'it failed: see what was printed', 'failed')]
  }
}

async function run<L extends Lab>(
  { family, trials, open }: Measurement<L>,
  names: string[],
  quick: boolean,
): Promise<Row[]> {
  const lab = await open(quick)
  try {
    const rows: Row[] = []
    for (const name of names) {
      lab.note(`${name} …`)
      const measured = await attempt(name, trials[name], lab)
      rows.push(...measured)
      if (!quick) await keepResults(family, name, measured)
    }
    return rows
  } finally {
    await lab.close()
  }
}

/** Measures what the environment asks for: `ONLY` some trials, or `QUICK`ly; prints a table and keeps it. */
export async function runMeasurement<L extends Lab>(measurement: Measurement<L>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  const names = chosen(Object.keys(measurement.trials))
  const rows = await run(measurement, names, Boolean(process.env.QUICK))
  process.stdout.write(`${tableOf(rows)}\n`)
  process.exitCode = rows.some(({ holds }) => holds === 'failed') ? 1 : 0
}

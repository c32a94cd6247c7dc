import { type Laboratory, openLaboratory } from './lab/laboratory.ts'
import { keepResults } from './lab/results-file.ts'
import { type Row, tableOf, unmeasuredRow } from './lab/rows.ts'
import { growth } from './trials/growth.ts'
import { health } from './trials/overload.ts'
import { sessions, usersMe } from './trials/reading.ts'
import { refresh } from './trials/refreshing.ts'
import { scaleOut } from './trials/scale-out.ts'
import { login } from './trials/signing-in.ts'
import { standing } from './trials/standing.ts'

/*
 * Measures the API beside its peers and limits, and prints a table. ONLY=me,login for some of it, QUICK=1 to see
 * that all of it works.
 */

const TRIALS: Record<string, (lab: Laboratory) => Promise<Row[]>> = {
  me: usersMe,
  sessions,
  refresh,
  login,
  health,
  standing,
  growth,
  scale: scaleOut,
}

function chosen(): string[] {
  const only = process.env.ONLY?.split(',').filter((name) => name !== '') ?? []
  const unknown = only.filter((name) => !(name in TRIALS))
  if (unknown.length === 0) return only.length === 0 ? Object.keys(TRIALS) : only
  process.stderr.write(`There is no ${unknown.join(', ')}. ONLY takes ${Object.keys(TRIALS).join(', ')}.\n`)
  process.exit(1)
}

/** One that fails leaves the others to be measured. */
async function attempt(name: string, lab: Laboratory): Promise<Row[]> {
  try {
    return (await TRIALS[name]?.(lab)) ?? []
  } catch (error) {
    lab.note(error instanceof Error && error.stack ? error.stack : String(error))
    return [unmeasuredRow(name, '', 'it failed: see what was printed', 'failed')]
  }
}

async function run(names: string[], quick: boolean): Promise<Row[]> {
  const lab = await openLaboratory(quick)
  try {
    const rows: Row[] = []
    for (const name of names) {
      lab.note(`${name} …`)
      const measured = await attempt(name, lab)
      rows.push(...measured)
      if (!quick) await keepResults(name, measured)
    }
    return rows
  } finally {
    await lab.close()
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
const rows = await run(chosen(), Boolean(process.env.QUICK))
process.stdout.write(`${tableOf(rows)}\n`)
process.exitCode = rows.some(({ holds }) => holds === 'failed') ? 1 : 0

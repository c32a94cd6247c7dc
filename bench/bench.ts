import { openLaboratory } from './lab/laboratory.ts'
import { type Row, tableOf } from './lab/rows.ts'
import { health } from './trials/overload.ts'
import { sessions, usersMe } from './trials/reading.ts'
import { refresh } from './trials/refreshing.ts'
import { scaleOut } from './trials/scale-out.ts'
import { login } from './trials/signing-in.ts'
import { standing } from './trials/standing.ts'

const lab = await openLaboratory(Boolean(process.env.QUICK))
const trials = { usersMe, sessions, refresh, login, health, standing, scaleOut }
try {
  const rows: Row[] = []
  for (const [name, trial] of Object.entries(trials)) {
    if (process.env.ONLY && !process.env.ONLY.split(',').includes(name)) continue
    process.stderr.write(`${name} …\n`)
    rows.push(...(await trial(lab)))
  }
  process.stdout.write(`${tableOf(rows)}\n`)
} finally {
  await lab.close()
}

import { openLaboratory } from './lab/laboratory.ts'
import { tableOf } from './lab/rows.ts'
import { usersMe } from './trials/users-me.ts'

const lab = await openLaboratory(Boolean(process.env.QUICK))
try {
  process.stdout.write(`${tableOf(await usersMe(lab))}\n`)
} finally {
  await lab.close()
}

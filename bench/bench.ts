import { runMeasurement } from './lab/command.ts'
import { openLaboratory } from './lab/laboratory.ts'
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

await runMeasurement({
  family: 'api',
  open: openLaboratory,
  trials: {
    me: usersMe,
    sessions,
    refresh,
    login,
    health,
    standing,
    growth,
    scale: scaleOut,
  },
})

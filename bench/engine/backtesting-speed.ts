import type { Row } from '../lab/rows.ts'
import { runTrial } from '../lab/trial.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { ourProgram } from './our-program.ts'
import { programContender } from './program.ts'
import { pythonProgram } from './python-peers.ts'

const OPERATION = 'The same with all metrics, hashes, buy and hold: bars'
const GOAL = 100

/** A whole run as a user gets it against backtesting.py, with its statistics. */
export async function backtestingSpeed(lab: EngineLaboratory): Promise<Row[]> {
  const path = await lab.barsFile()
  const ours = programContender(await lab.start(ourProgram('everything', path)), lab.bars)
  const rival = {
    name: 'backtesting.py',
    goal: GOAL,
    async enter() {
      const program = await lab.start(await pythonProgram('backtesting.py', 'backtesting_cross.py', [path]))
      return programContender({ ...program, name: `backtesting.py ${program.hello.version}` }, lab.bars)
    },
  }
  return runTrial(OPERATION, ours, [rival], lab.pace)
}

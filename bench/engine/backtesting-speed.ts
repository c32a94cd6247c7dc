import type { Contender } from '../lab/compare.ts'
import type { Row } from '../lab/rows.ts'
import { runTrial } from '../lab/trial.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { ourProgram } from './our-program.ts'
import { programContender } from './program.ts'
import { pythonProgram } from './python-peers.ts'

const MEASURED = 'The same with all metrics and buy and hold: bars'
const EVERYTHING = 'The same as a user gets it, hashes too: bars'
const GOAL = 100

/** A run with all metrics against backtesting.py, with its statistics. */
export async function backtestingSpeed(lab: EngineLaboratory): Promise<Row[]> {
  const path = await lab.barsFile()
  const [ours, everything] = [
    programContender(await lab.start(ourProgram('metrics', path)), lab.bars),
    programContender(await lab.start(ourProgram('everything', path)), lab.bars),
  ]
  let their: Promise<Contender> | undefined
  const start = async () => {
    const program = await lab.start(await pythonProgram('backtesting.py', 'backtesting_cross.py', [path]))
    return programContender({ ...program, name: `backtesting.py ${program.hello.version}` }, lab.bars)
  }
  const enter = () => {
    their ??= start()
    return their
  }
  const name = 'backtesting.py'
  return [
    ...(await runTrial(MEASURED, ours, [{ name, goal: GOAL, enter }], lab.pace)),
    ...(await runTrial(EVERYTHING, everything, [{ name, enter }], lab.pace)),
  ]
}

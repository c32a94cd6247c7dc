import type { Row } from '../lab/rows.ts'
import { runTrial } from '../lab/trial.ts'
import { cProgram } from './c-program.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { ourProgram } from './our-program.ts'
import { programContender, type Summary } from './program.ts'

const OPERATION = 'EMA cross, RSI, stop, target, fees: bars, signals and trades'

/** The strategy in memory against the same by hand in C, which has to come to the same trades and the same equity. */
export async function againstC(lab: EngineLaboratory): Promise<Row[]> {
  const path = await lab.barsFile()
  const program = await lab.start(ourProgram('simulate', path))
  const { summary: expected } = await program.round(0)
  const isRight = ({ trades, final }: Summary) => trades === expected.trades && final === expected.final
  const theirs = {
    name: 'C by hand',
    goal: 0.5,
    enter: async () =>
      programContender(await lab.start(await cProgram('C by hand', 'cross', [path])), lab.bars, isRight),
  }
  return runTrial(OPERATION, programContender(program, lab.bars, isRight), [theirs], lab.pace)
}

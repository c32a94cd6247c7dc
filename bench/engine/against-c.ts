import { compare, spreadOf } from '../lab/compare.ts'
import { goalRow, type Row } from '../lab/rows.ts'
import { runTrial } from '../lab/trial.ts'
import { writeBars } from './bars.ts'
import { cProgram } from './c-program.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { ourProgram } from './our-program.ts'
import { type Program, programContender, type Summary } from './program.ts'
import { PARAMETER_SETS, RECIPE } from './strategy.ts'

/** A year of hours. */
const HOURS = 8_760
const SWEEP = `Parameter changes on ${HOURS.toLocaleString('en')} bars, one core: runs`

/** Many sets of parameters, with the columns of their indicators shared, against the same by hand in C. */
export async function sweeps(lab: EngineLaboratory): Promise<Row[]> {
  const path = await writeBars(`hours-${HOURS}`, { ...RECIPE, bars: HOURS, volatility: 0.01, trend: 0.0015 })
  const program = await lab.start(ourProgram('sweep', path))
  const { summary: expected } = await program.round(0)
  const isRight = ({ trades, final }: Summary) =>
    trades === expected.trades && Math.abs(Number(final) / Number(expected.final) - 1) < 1e-12
  const contender = (started: Program) => programContender(started, PARAMETER_SETS, isRight)
  const theirs = {
    name: 'C by hand',
    goal: 0.5,
    enter: async () => contender(await lab.start(await cProgram('C by hand', 'sweep', [path]))),
  }
  const all = contender(await lab.start(ourProgram('sweep_metrics', path)))
  const [summary, metrics] = await compare([contender(program), all], lab.pace)
  return [
    ...(await runTrial(SWEEP, contender(program), [theirs], lab.pace)),
    ...(summary && metrics
      ? [
          goalRow(`${SWEEP}, summary`, spreadOf(summary.rates), '/s', 10_000),
          goalRow(`${SWEEP}, all metrics`, spreadOf(metrics.rates), '/s', 5_000),
        ]
      : []),
  ]
}

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

const MARKETS = 3
const EVERYTHING = 'Limit entries, ATR trailing stop, leverage, funding, slippage, 3 instruments: bars'

/** Several markets in one account with everything on, against the same by hand in C. */
export async function everything(lab: EngineLaboratory): Promise<Row[]> {
  const bars = Math.floor(lab.bars / MARKETS)
  const paths: string[] = []
  for (let seed = 1; seed <= MARKETS; seed++) {
    paths.push(await writeBars(`market-${seed}-${bars}`, { ...RECIPE, seed, bars }))
  }
  const program = await lab.start(ourProgram('markets', ...paths))
  const { summary: expected } = await program.round(0)
  const isRight = ({ trades, final }: Summary) => trades === expected.trades && final === expected.final
  const contender = (started: Program) => programContender(started, MARKETS * bars, isRight)
  const theirs = {
    name: 'C by hand',
    goal: 0.25,
    enter: async () => contender(await lab.start(await cProgram('C by hand', 'everything', paths))),
  }
  return runTrial(EVERYTHING, contender(program), [theirs], lab.pace)
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { marketOf } from '../../src/backtests/compute-run.ts'
import type { Trade } from '../../src/engine/outcome.ts'
import { simulate } from '../../src/engine/simulate.ts'
import { BENCH_FOLDER } from '../lab/folder.ts'
import type { Row } from '../lab/rows.ts'
import { factRow } from '../lab/rows.ts'
import { type Rival, runTrial } from '../lab/trial.ts'
import { readBars } from './bars.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { ourProgram } from './our-program.ts'
import { programContender } from './program.ts'
import { pythonProgram } from './python-peers.ts'
import { CROSS_STRATEGY, runInput } from './strategy.ts'

const OPERATION = 'EMA cross, RSI, stop, target, fees: bars'
const GOALS = { numba: 1, rust: undefined }

type TheirTrade = { entry: number; entryPrice: number; exit: number; exitPrice: number }

const tradesFile = (engine: string) => join(BENCH_FOLDER, 'engine', `vectorbt-${engine}.csv`)

function readTheirs(engine: string): TheirTrade[] {
  const [, ...lines] = readFileSync(tradesFile(engine), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [entry = 0, entryPrice = 0, exit = 0, exitPrice = 0] = line.split(',').map(Number)
    return { entry, entryPrice, exit, exitPrice }
  })
}

function isEqual(ours: Trade, theirs: TheirTrade, timestamp: Float64Array): boolean {
  const isNear = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.abs(b)
  return (
    ours.exitTime === timestamp[theirs.exit] &&
    isNear(ours.entryPrice, theirs.entryPrice) &&
    isNear(ours.exitPrice, theirs.exitPrice)
  )
}

/** How many trades both have, and where the others differ. */
function differences(path: string, engine: string): Row {
  const candles = readBars(path)
  const input = runInput(CROSS_STRATEGY, candles)
  const markets = input.markets.map((market) => marketOf(input, market))
  const trades = simulate(markets, input.settings).trades.toRows()
  const theirs = readTheirs(engine)
  const byEntry = new Map(theirs.map((trade) => [candles.timestamp[trade.entry], trade]))
  let equal = 0
  const otherwise: Partial<Record<Trade['exitReason'], number>> = {}
  for (const trade of trades) {
    const their = byEntry.get(trade.entryTime)
    if (their === undefined) continue
    if (isEqual(trade, their, candles.timestamp)) equal += 1
    else otherwise[trade.exitReason] = (otherwise[trade.exitReason] ?? 0) + 1
  }
  const otherExits = Object.values(otherwise).reduce((sum, count) => sum + count, 0)
  const only = trades.length - equal - otherExits
  const kinds = Object.entries(otherwise).map(([reason, count]) => `${count} at our \`${reason}\``)
  return factRow(`${OPERATION}, trades`, String(trades.length), `vectorbt, ${engine}`, [
    `${theirs.length}: ${equal} the same`,
    `${otherExits} end otherwise (${kinds.join(', ')})`,
    `${only} and ${theirs.length - equal - otherExits} only on one side`,
  ])
}

/** The strategy in memory against vectorbt, with the engines that it has. */
export async function vectorbt(lab: EngineLaboratory): Promise<Row[]> {
  const path = await lab.barsFile()
  const ours = programContender(await lab.start(ourProgram('simulate', path)), lab.bars)
  const measured: string[] = []
  const rivals = Object.entries(GOALS).map(([engine, goal]): Rival => {
    const name = `vectorbt, ${engine}`
    return {
      name,
      ...(goal === undefined ? {} : { goal }),
      async enter() {
        const args = [engine, path, tradesFile(engine)]
        const program = await lab.start(await pythonProgram(name, 'vectorbt_cross.py', args))
        measured.push(engine)
        return programContender(
          { ...program, name: `vectorbt ${program.hello.version}, ${engine}` },
          lab.bars,
        )
      },
    }
  })
  const rows = await runTrial(OPERATION, ours, rivals, lab.pace)
  return [...rows, ...measured.slice(0, 1).map((engine) => differences(path, engine))]
}

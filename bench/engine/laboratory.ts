import { claimMachine } from '../lab/claim.ts'
import type { Pace } from '../lab/compare.ts'
import { type Postgres, startPostgres } from '../lab/database.ts'
import { PACE, QUICK_PACE } from '../lab/laboratory.ts'
import { writeBars } from './bars.ts'
import { cProgram } from './c-program.ts'
import { type Program, type ProgramCommand, startProgram } from './program.ts'
import { RECIPE } from './strategy.ts'

/** What the trials of the engine share. */
export type EngineLaboratory = {
  quick: boolean
  pace: Pace
  /** How many bars `barsFile` has. */
  bars: number
  /** A million bars of one minute. */
  barsFile(): Promise<string>
  /** One PostgreSQL, started when the first trial asks for it. */
  postgres(): Promise<Postgres>
  /** Starts a program that ends with the laboratory. */
  start(command: ProgramCommand): Promise<Program>
  /** The same for `bench/peers/engine-c/<source>.c`. @throws Unavailable where there is no compiler */
  startC(name: string, source: string, args: string[]): Promise<Program>
  note(text: string): void
  close(): Promise<void>
}

const BARS = 1_000_000
const QUICK_BARS = 50_000

export async function openEngineLaboratory(quick: boolean): Promise<EngineLaboratory> {
  const release = await claimMachine()
  const bars = quick ? QUICK_BARS : BARS
  const programs: Program[] = []
  let postgres: Promise<Postgres> | undefined
  const start = async (command: ProgramCommand) => {
    const program = await startProgram(command)
    programs.push(program)
    return program
  }
  return {
    quick,
    pace: quick ? QUICK_PACE : PACE,
    bars,
    barsFile: () => writeBars(`minutes-${bars}`, { ...RECIPE, bars }),
    async postgres() {
      postgres ??= startPostgres()
      return postgres
    },
    start,
    startC: async (name, source, args) => start(await cProgram(name, source, args)),
    note: (text) => void process.stderr.write(`${text}\n`),
    async close() {
      for (const program of programs) program.stop()
      await (await postgres)?.stop()
      await release()
    },
  }
}

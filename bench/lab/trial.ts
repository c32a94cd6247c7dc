import { type Contender, compare, type Pace } from './compare.ts'
import { Unavailable } from './install.ts'
import { comparisonRow, type Row, unmeasuredRow } from './rows.ts'

/** Whom we are compared with, and what the median of the ratios has to reach, if anything. */
export type Rival = { name: string; goal?: number; enter(): Promise<Contender> }

type Entered = { contender: Contender; goal: number | undefined }

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
}

/** Compares us with all rivals that are there, in the same rounds. */
export async function runTrial(
  operation: string,
  us: Contender,
  rivals: Rival[],
  pace: Pace,
): Promise<Row[]> {
  const entered: Entered[] = []
  const absent: Row[] = []
  for (const { name, goal, enter } of rivals) {
    try {
      entered.push({ contender: await enter(), goal })
    } catch (error) {
      const outcome = error instanceof Unavailable ? 'skipped' : 'failed'
      absent.push(unmeasuredRow(operation, name, reasonOf(error), outcome))
    }
  }
  const [ours, ...theirs] = await compare([us, ...entered.map(({ contender }) => contender)], pace)
  const rows = entered.map(({ goal }, index) => {
    const their = theirs[index]
    if (ours === undefined || their === undefined) throw new Error('a contender did not run')
    return comparisonRow(operation, ours, their, goal)
  })
  return [...rows, ...absent]
}

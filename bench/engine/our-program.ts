import { join } from 'node:path'
import type { ProgramCommand } from './program.ts'

/** Ours as a program: see `ours-process.ts`. */
export function ourProgram(
  what: 'simulate' | 'metrics' | 'everything' | 'sweep' | 'sweep_metrics' | 'markets',
  ...barsFiles: string[]
): ProgramCommand {
  return {
    name: 'ours',
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'ours-process.ts'),
      what,
      ...barsFiles,
    ],
  }
}

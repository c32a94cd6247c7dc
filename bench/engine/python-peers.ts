import { join } from 'node:path'
import { install } from '../lab/install.ts'
import type { ProgramCommand } from './program.ts'

const SOURCE = join(import.meta.dirname, '../peers/engine-python')

/**
 * A Python program of `bench/peers/engine-python`, in an environment with the packages that it needs.
 * @throws Unavailable where that cannot be made
 */
export async function pythonProgram(name: string, script: string, args: string[]): Promise<ProgramCommand> {
  const cwd = await install({
    name: 'engine-python',
    source: SOURCE,
    packages: 'requirements.txt',
    commands: [
      { command: 'python3', args: ['-m', 'venv', 'venv'] },
      {
        command: 'venv/bin/python',
        args: ['-m', 'pip', 'install', '--quiet', '--requirement', 'requirements.txt'],
      },
    ],
  })
  return { name, command: join(cwd, 'venv/bin/python'), args: [join(cwd, script), ...args], cwd }
}

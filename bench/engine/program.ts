import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Contender } from '../lab/compare.ts'

/*
 * A contender is a process of its own that stays warm. It prints a line when it is ready, reads a number of seconds
 * from each line of its input, works for so long, again and again the same, and answers with one line of JSON:
 *   {"runs": 12, "seconds": 1.03, "summary": {"trades": 14458, "final": 496940.7494009441}}
 * `summary` is what the last run came to, so that it can be seen that all do the same.
 */

export type Summary = Record<string, number | string>
export type Answer = { runs: number; seconds: number; summary: Summary }

export type Program = {
  name: string
  /** What it said when it was ready. */
  hello: Record<string, string>
  round(seconds: number): Promise<Answer>
  stop(): void
}

export type ProgramCommand = {
  name: string
  command: string
  args: string[]
  cwd?: string
  env?: Record<string, string>
}

const KEPT_OUTPUT = 4_000
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts a contender. @throws with what it said last where it does not get ready */
export async function startProgram({ name, command, args, cwd, env }: ProgramCommand): Promise<Program> {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT)
  })
  // What was not read by a process that has ended shows as its end.
  child.stdin.on('error', () => {})
  child.on('error', ({ message }) => {
    output += message
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${name} ended:\n${output}`)
    return JSON.parse(value)
  }
  const hello = await next()
  return {
    name,
    hello,
    round(seconds) {
      child.stdin.write(`${seconds}\n`)
      return next()
    },
    stop() {
      child.kill('SIGKILL')
    },
  }
}

/**
 * A program as a contender.
 * @param work what one run comes to, such as bars
 * @param isRight tells whether a summary is as it should be
 */
export function programContender(
  program: Program,
  work: number,
  isRight: (summary: Summary) => boolean = () => true,
): Contender {
  return {
    name: program.name,
    async run(seconds) {
      const { runs, seconds: took, summary } = await program.round(seconds)
      return { rate: (runs * work) / took, failed: isRight(summary) ? 0 : 1 }
    },
  }
}

import { createInterface } from 'node:readline'
import type { Answer, Summary } from './program.ts'

/** Lets this process be a contender: see `program.ts`. */
export async function answerRounds(run: () => Summary): Promise<void> {
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
  say({ version: process.version })
  for await (const line of createInterface({ input: process.stdin })) {
    const begin = performance.now()
    let [runs, took] = [0, 0]
    let summary: Summary = {}
    while (took < Number(line) || runs === 0) {
      summary = run()
      runs += 1
      took = (performance.now() - begin) / 1000
    }
    say({ runs, seconds: took, summary } satisfies Answer)
  }
}

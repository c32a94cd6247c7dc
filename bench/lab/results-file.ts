import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCH_FOLDER } from './folder.ts'
import type { Row } from './rows.ts'

/** What was measured last, by trial. */
export type Results = Record<string, { date: string; rows: Row[] }>

/** What is measured together, and shown in one table. */
export type Family = 'api' | 'engine'

const FILES: Record<Family, string> = { api: 'results.json', engine: 'engine-results.json' }

export async function readResults(family: Family): Promise<Results> {
  const text = await readFile(join(BENCH_FOLDER, FILES[family]), 'utf8').catch(() => '{}')
  return JSON.parse(text)
}

/** Keeps what a trial brought instead of what it brought before, as the last. */
export async function keepResults(family: Family, trial: string, rows: Row[]): Promise<void> {
  const { [trial]: _before, ...others } = await readResults(family)
  const results: Results = { ...others, [trial]: { date: new Date().toISOString().slice(0, 10), rows } }
  await writeFile(join(BENCH_FOLDER, FILES[family]), JSON.stringify(results))
}

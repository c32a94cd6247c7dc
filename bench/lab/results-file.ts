import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCH_FOLDER } from './database.ts'
import type { Row } from './rows.ts'

/** What was measured last, by trial. */
export type Results = Record<string, { date: string; rows: Row[] }>

const FILE = join(BENCH_FOLDER, 'results.json')

export async function readResults(): Promise<Results> {
  const text = await readFile(FILE, 'utf8').catch(() => '{}')
  return JSON.parse(text)
}

/** Keeps what a trial brought instead of what it brought before, as the last. */
export async function keepResults(trial: string, rows: Row[]): Promise<void> {
  const { [trial]: _before, ...others } = await readResults()
  const results: Results = { ...others, [trial]: { date: new Date().toISOString().slice(0, 10), rows } }
  await writeFile(FILE, JSON.stringify(results))
}

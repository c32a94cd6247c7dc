import { readFileSync, statSync } from 'node:fs'
import { type Postgres, query } from './database.ts'

/** A statement that was run, and how: its kinds of scans and what else could cost more with more rows. */
export type Plan = { statement: string; nodes: string[] }

type PlanNode = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

const SETTINGS = [
  "session_preload_libraries = 'auto_explain'",
  'auto_explain.log_min_duration = 0',
  "auto_explain.log_format = 'json'",
  'auto_explain.log_analyze = on',
]

/** So many rows that are read and thrown away were not found by the index that fits. */
const READ_IN_VAIN = 100
const IN_VAIN = 'reading in vain'

/** Lets the server log the plan of every statement on a database, from the next connection on. */
export async function logPlans(databaseUrl: string): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1)
  for (const setting of SETTINGS) await query(databaseUrl, `ALTER DATABASE ${name} SET ${setting}`)
}

function nodesOf(node: PlanNode): string[] {
  const place = node['Index Name'] ?? node['Relation Name']
  const isInVain = (node['Rows Removed by Filter'] ?? 0) > READ_IN_VAIN
  const own = [node['Node Type'], place, isInVain ? IN_VAIN : undefined].filter(Boolean).join(' ')
  return [own, ...(node.Plans ?? []).flatMap(nodesOf)]
}

/** What was run since the log had that size, each statement once for each way it was run. */
export function plansSince({ serverLog }: Postgres, size: number): Plan[] {
  const log = readFileSync(serverLog).subarray(size).toString()
  const plans = new Map<string, Plan>()
  // Lines after the first of an entry begin with a tab.
  for (const [, json = ''] of log.matchAll(/plan:\n((?:\t.*\n)+)/g)) {
    const { 'Query Text': text, Plan: root }: { 'Query Text': string; Plan: PlanNode } = JSON.parse(json)
    const plan = { statement: text.replaceAll(/\s+/g, ' ').trim(), nodes: nodesOf(root) }
    plans.set(JSON.stringify(plan), plan)
  }
  return [...plans.values()]
}

export function logSize({ serverLog }: Postgres): number {
  return statSync(serverLog).size
}

/** What grows with the table. */
export function costlyNodes({ nodes }: Plan): string[] {
  return nodes.filter((node) => /^(Seq Scan|Sort|Incremental Sort)/.test(node) || node.endsWith(IN_VAIN))
}

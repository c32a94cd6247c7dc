import { setTimeout as delay } from 'node:timers/promises'
import { askProcess } from '../lab/ask-process.ts'
import { spreadOf } from '../lab/compare.ts'
import type { Flood, FloodResult } from '../lab/flood.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import { ourRequests } from '../lab/requests.ts'
import { digits, type Row, valueRow } from '../lab/rows.ts'

const CLIENTS = 200
const PROBE_EVERY_MS = 10
const GOAL_MS = 50
/** What may come: signed in, or shed. */
const FINE = ['200', '503']

/** Asks for the health until told to stop. @returns the 99th percentile in milliseconds */
async function probe(base: string, running: () => boolean): Promise<number> {
  const times: number[] = []
  while (running()) {
    const begin = performance.now()
    const answer = await fetch(`${base}/health`)
    await answer.arrayBuffer()
    times.push(answer.ok ? performance.now() - begin : Number.POSITIVE_INFINITY)
    await delay(PROBE_EVERY_MS)
  }
  times.sort((a, b) => a - b)
  return times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN
}

function sheddingRow(results: FloodResult[]): Row {
  const statuses: Record<string, number> = {}
  for (const result of results) {
    for (const [status, count] of Object.entries(result.statuses))
      statuses[status] = (statuses[status] ?? 0) + count
  }
  const slowest = Math.max(...results.map(({ slowestMs }) => slowestMs))
  const counts = Object.entries(statuses).map(([status, count]) => `${status} × ${count}`)
  return {
    operation: `The ${CLIENTS} logins themselves`,
    ours: `${counts.join(', ')}; slowest ${digits(slowest)} ms`,
    against: '',
    theirs: '',
    ratio: '',
    goal: '200 or 503, none hangs',
    holds: Object.keys(statuses).every((status) => FINE.includes(status)) ? 'yes' : 'no',
  }
}

export async function health(lab: Laboratory): Promise<Row[]> {
  const ours = await lab.ours()
  const flood: Flood = {
    base: ours.server.base,
    clients: CLIENTS,
    seconds: lab.pace.seconds,
    requests: ourRequests(ours).signIn('/api/v1/auth/login'),
  }
  const p99s: number[] = []
  const results: FloodResult[] = []
  for (let round = 0; round < lab.pace.rounds; round += 1) {
    let flooding = true
    const flooded = askProcess<Flood, FloodResult>('logins-process.ts', flood).finally(() => {
      flooding = false
    })
    p99s.push(await probe(flood.base, () => flooding))
    results.push(await flooded)
  }
  const operation = `GET /health, 99th percentile, while ${CLIENTS} logins wait`
  return [valueRow(operation, spreadOf(p99s), ' ms', GOAL_MS), sheddingRow(results)]
}

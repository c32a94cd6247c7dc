import { readdirSync, readFileSync } from 'node:fs'
import { administer } from '../database.ts'
import type { Service } from './service.ts'

/** What the service holds at a moment. */
export type Sample = {
  /** Since the beginning. */
  seconds: number
  webMegabytes: number
  workerMegabytes: number
  webHandles: number
  workerHandles: number
  connections: number
  requests: number
}

/** Resident memory, as Linux counts it. */
function megabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kilobytes) / 1024)
}

function handles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

async function connections(url: string): Promise<number> {
  const { rows } = await administer(
    url,
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE application_name = 'crypalgos-api' AND datname = current_database()`,
  )
  return rows[0]?.n
}

export async function takeSample(service: Service, seconds: number, requests: number): Promise<Sample> {
  const { web, worker } = service
  if (worker === undefined) throw new Error('the service has no process for jobs')
  return {
    seconds,
    webMegabytes: megabytes(web.pid),
    workerMegabytes: megabytes(worker.pid),
    webHandles: handles(web.pid),
    workerHandles: handles(worker.pid),
    connections: await connections(service.databaseUrl),
    requests,
  }
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** A table for people, of so many of the samples. */
export function describeSamples(samples: Sample[], rows = 12): string[] {
  const step = Math.max(1, Math.ceil(samples.length / rows))
  const shown = samples.filter((_, index) => index % step === 0 || index === samples.length - 1)
  const line = (cells: (string | number)[]) => cells.map((cell) => String(cell).padStart(14)).join('')
  return [
    line(['seconds', 'web MB', 'jobs MB', 'web handles', 'jobs handles', 'connections', 'requests']),
    ...shown.map((sample) => line(Object.values(sample))),
  ]
}

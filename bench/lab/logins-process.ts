import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Flood, FloodResult } from './flood.ts'
import type { LoadRequest } from './load.ts'

/*
 * Many clients that sign in at the same time, again and again; one that is told to come back later does so.
 */

const GIVEN_UP_MS = 30_000

async function send(base: string, { method, path, headers, body = '' }: LoadRequest) {
  const begin = performance.now()
  const answer = await fetch(base + path, { method, headers, body, signal: AbortSignal.timeout(GIVEN_UP_MS) })
  await answer.arrayBuffer()
  const retryAfter = Number(answer.headers.get('retry-after') ?? 0)
  return { status: String(answer.status), ms: performance.now() - begin, retryAfter }
}

async function run({ base, clients, seconds, requests }: Flood): Promise<FloodResult> {
  const until = performance.now() + seconds * 1000
  const statuses: Record<string, number> = {}
  let slowestMs = 0
  const client = async (own: number) => {
    for (let turn = own; performance.now() < until; turn += clients) {
      const request = requests[turn % requests.length]
      if (request === undefined) return
      const { status, ms, retryAfter } = await send(base, request).catch(() => ({
        status: 'no answer',
        ms: GIVEN_UP_MS,
        retryAfter: 0,
      }))
      statuses[status] = (statuses[status] ?? 0) + 1
      slowestMs = Math.max(slowestMs, ms)
      await delay(retryAfter * 1000)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, own) => client(own)))
  return { statuses, slowestMs }
}

const [flood] = await once(process, 'message')
process.send?.(await run(flood))

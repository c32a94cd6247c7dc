import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'

/**
 * Sends requests of many accounts for some seconds, and prints how often each status was answered. A program of its
 * own, so that whoever measures another client beside it measures the server alone.
 */

export type FloodRequest = { method: 'GET' | 'POST'; path: string; body?: object }
export type Flood = {
  url: string
  seconds: number
  /** Of each account. */
  atOnce: number
  accounts: { token: string; requests: FloodRequest[] }[]
}

/** A moment of a client between two floods. */
const PAUSE_MS = 250

const counts: Record<number, number> = {}

async function send(url: string, token: string, { method, path, body }: FloodRequest): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  await response.arrayBuffer()
  counts[response.status] = (counts[response.status] ?? 0) + 1
}

async function flood({ url, seconds, atOnce, accounts }: Flood): Promise<void> {
  const deadline = performance.now() + seconds * 1_000
  const attack = async ({ token, requests }: Flood['accounts'][number]) => {
    for (let round = 0; performance.now() < deadline; round++) {
      const some = Array.from(
        { length: atOnce },
        (_, at) => requests[(round * atOnce + at) % requests.length],
      )
      await Promise.all(some.map((request) => send(url, token, request as FloodRequest)))
      await setTimeout(PAUSE_MS)
    }
  }
  await Promise.all(accounts.map(attack))
  process.stdout.write(`${JSON.stringify(counts)}\n`)
}

await flood(JSON.parse(await text(process.stdin)))

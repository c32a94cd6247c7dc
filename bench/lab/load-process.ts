import { once } from 'node:events'
import autocannon from 'autocannon'
import type { Chain, Load, LoadResult } from './load.ts'

/*
 * The process that the load comes from: it gets one load as a message, and answers with what it measured.
 */

const TIMEOUT_SECONDS = 60

type Requests = autocannon.Request[]

/** Every n-th for each of n connections, so that no two send the same request at once. */
function share<T>(all: T[], connection: number, connections: number): T[] {
  return all.filter((_, index) => index % connections === connection)
}

/** One request that changes with every answer: it sends each chain's token in turn. */
function refreshRequests(path: string, chains: Chain[]): { requests: Requests; settled(): Chain[] } {
  let turn = 0
  const current = (): Chain => {
    const chain = chains[turn % chains.length]
    if (chain === undefined) throw new Error('there are fewer chains than connections')
    return chain
  }
  const request: autocannon.Request = {
    setupRequest: (base) => ({
      ...base,
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', 'x-forwarded-for': current().address },
      body: JSON.stringify({ refresh_token: current().token }),
    }),
    onResponse(status, body) {
      if (status === 200) current().token = JSON.parse(body).data.refresh_token
      turn += 1
    },
  }
  // What was under way at the end may have used its token up.
  return { requests: [request], settled: () => chains.filter((chain) => chain !== current()) }
}

async function run(load: Load): Promise<LoadResult> {
  const settled: (() => Chain[])[] = []
  let connection = 0
  const begin = performance.now()
  // autocannon ends at a full second, however early all answers of a given amount were there.
  let latest = begin
  const cpuBefore = process.cpuUsage()
  const result = await autocannon({
    url: load.base,
    connections: load.connections,
    timeout: TIMEOUT_SECONDS,
    ...('seconds' in load.length ? { duration: load.length.seconds } : { amount: load.length.amount }),
    setupClient(client) {
      const own = connection
      connection += 1
      client.on('response', () => {
        latest = performance.now()
      })
      if (load.kind === 'requests') {
        client.setRequests(share(load.requests, own, load.connections))
        return
      }
      const chained = refreshRequests(load.path, share(load.chains, own, load.connections))
      settled.push(chained.settled)
      client.setRequests(chained.requests)
    },
  })
  const { user, system } = process.cpuUsage(cpuBefore)
  const seconds = 'amount' in load.length ? (latest - begin) / 1000 : result.duration
  return {
    rate: result['2xx'] / seconds,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: result.non2xx + result.errors,
    cpuSeconds: (user + system) / 1e6,
    seconds,
    chains: settled.flatMap((chains) => chains()),
  }
}

const [load] = await once(process, 'message')
process.send?.(await run(load))

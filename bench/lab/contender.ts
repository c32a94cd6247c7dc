import type { Contender } from './compare.ts'
import { type Chain, type Load, type LoadRequest, runLoad } from './load.ts'

/** So many answers are read before the first run. */
const CHECKED = 3

type Target = { name: string; base: string; connections: number }

async function send(base: string, { method, path, headers, body }: LoadRequest): Promise<string> {
  const answer = await fetch(base + path, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 300)}`)
  return text
}

async function measure(load: Load) {
  const result = await runLoad(load)
  const { rate, failed, cpuSeconds, seconds, chains } = result
  return { measured: { rate, failed, loadShare: cpuSeconds / seconds }, chains }
}

async function checkFirst(
  { name, base }: Target,
  requests: LoadRequest[],
  isRight: (body: string) => boolean,
): Promise<void> {
  for (const request of requests.slice(0, CHECKED)) {
    const body = await send(base, request)
    if (!isRight(body)) throw new Error(`${name} answered ${request.path} with ${body.slice(0, 300)}`)
  }
}

/** A server under a load of requests, sent in turn. @throws where its first answers are not what was asked for */
export async function requestsContender(
  target: Target,
  requests: LoadRequest[],
  isRight: (body: string) => boolean,
): Promise<Contender> {
  const { name, base, connections } = target
  await checkFirst(target, requests, isRight)
  return {
    name,
    async run(seconds) {
      const load: Load = { base, connections, length: { seconds }, kind: 'requests', requests }
      return (await measure(load)).measured
    },
  }
}

/**
 * The same for requests so slow that those dropped at the end of a run would still keep the machine busy in the next
 * one: each run is as many requests as the run before says that its time has room for, and waits for all of them.
 */
export async function slowRequestsContender(
  target: Target,
  requests: LoadRequest[],
  isRight: (body: string) => boolean,
): Promise<Contender> {
  const { name, base, connections } = target
  await checkFirst(target, requests, isRight)
  let rate = 0
  return {
    name,
    async run(seconds) {
      const amount = Math.max(connections, Math.round(rate * seconds))
      const { measured } = await measure({
        base,
        connections,
        length: { amount },
        kind: 'requests',
        requests,
      })
      rate = measured.rate
      return measured
    },
  }
}

/** A server under a load of refreshes, each with the token of the answer before it. */
export function refreshContender(
  { name, base, connections }: Target,
  path: string,
  beginning: Chain[],
): Contender {
  let chains = beginning
  return {
    name,
    async run(seconds) {
      const load: Load = { base, connections, length: { seconds }, kind: 'chains', path, chains }
      const { measured, chains: left } = await measure(load)
      chains = left
      return measured
    },
  }
}

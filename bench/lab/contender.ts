import type { Contender } from './compare.ts'
import { type Chain, type Load, type LoadRequest, runLoad } from './load.ts'

type Target = { name: string; base: string; connections: number }

/** Whether an answer's body is what was asked for. */
export type IsRight = (body: string) => boolean

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

/** A server under a load of requests, sent in turn. @throws where its first answer is not what was asked for */
export async function requestsContender(
  { name, base, connections }: Target,
  requests: LoadRequest[],
  isRight: IsRight,
): Promise<Contender> {
  for (const request of requests.slice(0, 3)) {
    const body = await send(base, request)
    if (!isRight(body)) throw new Error(`${name} answered ${request.path} with ${body.slice(0, 300)}`)
  }
  return {
    name,
    async run(seconds) {
      const { measured } = await measure({ base, connections, seconds, kind: 'requests', requests })
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
      const load: Load = { base, connections, seconds, kind: 'chains', path, chains }
      const { measured, chains: left } = await measure(load)
      chains = left
      return measured
    },
  }
}

import { askProcess } from './ask-process.ts'

export type LoadRequest = {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

/** Each chain holds a refresh token; its next request sends the token that the last answer brought. */
export type Chain = { token: string; address: string }

/** For so long, where what is under way at the end is dropped; or so many requests, each of which is answered. */
export type Length = { seconds: number } | { amount: number }

export type Load = { base: string; connections: number; length: Length } & (
  | { kind: 'requests'; requests: LoadRequest[] }
  | { kind: 'chains'; path: string; chains: Chain[] }
)

export type LoadResult = {
  /** Answers with a 2xx status, a second. */
  rate: number
  p50: number
  p99: number
  /** Answers with another status, broken connections, timeouts. */
  failed: number
  /** What the load process itself used of a core. */
  cpuSeconds: number
  seconds: number
  /** The chains to go on with. */
  chains: Chain[]
}

/** Puts load on a server from a process of its own. */
export function runLoad(load: Load): Promise<LoadResult> {
  return askProcess('load-process.ts', load)
}

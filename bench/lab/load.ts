import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

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
export async function runLoad(load: Load): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, 'load-process.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`the load process ended with ${code}`)
  })
  child.send(load)
  try {
    const [result] = await Promise.race([once(child, 'message'), exited])
    return result
  } finally {
    exited.catch(() => {})
    child.kill()
  }
}

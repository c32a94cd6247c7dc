import { type BareSystem, startBare } from '../systems/bare.ts'
import { type OurSystem, startOurs } from '../systems/ours.ts'
import type { Pace } from './compare.ts'
import { type Postgres, startPostgres } from './database.ts'
import type { RunningServer } from './server-process.ts'

/** What the trials share: one PostgreSQL, and the systems on it, each started when the first trial asks for it. */
export type Laboratory = {
  postgres: Postgres
  quick: boolean
  pace: Pace
  /** The API in one process, with a thousand users. */
  ours(): Promise<OurSystem>
  bare(): Promise<BareSystem>
  say(text: string): void
  close(): Promise<void>
}

const PACE: Pace = { rounds: 5, seconds: 8, warmUpSeconds: 4 }
const QUICK_PACE: Pace = { rounds: 2, seconds: 2, warmUpSeconds: 1 }
const USERS = 1_000

export async function openLaboratory(quick: boolean): Promise<Laboratory> {
  const postgres = await startPostgres()
  const servers: RunningServer[] = []
  const shared = <T extends { server: RunningServer }>(start: () => Promise<T>): (() => Promise<T>) => {
    let started: Promise<T> | undefined
    return async () => {
      started ??= start().then((system) => {
        servers.push(system.server)
        return system
      })
      return started
    }
  }
  const ours = shared(() => startOurs(postgres, { database: 'ours', users: USERS }))
  return {
    postgres,
    quick,
    pace: quick ? QUICK_PACE : PACE,
    ours,
    bare: shared(async () => startBare((await ours()).databaseUrl)),
    say: (text) => void process.stderr.write(`${text}\n`),
    async close() {
      for (const server of servers) await server.stop()
      await postgres.stop()
    },
  }
}

import { type BareSystem, startBare } from '../systems/bare.ts'
import { type BetterAuthSystem, startBetterAuth } from '../systems/better-auth.ts'
import { type FastApiSystem, startFastApi } from '../systems/fastapi.ts'
import { type OurSystem, startOurs } from '../systems/ours.ts'
import { claimMachine } from './claim.ts'
import type { Pace } from './compare.ts'
import { type Postgres, startPostgres } from './database.ts'
import type { RunningServer } from './server-process.ts'

/** What the trials share: one PostgreSQL, and the systems on it, each started when the first trial asks for it. */
export type Laboratory = {
  postgres: Postgres
  quick: boolean
  pace: Pace
  /** The API in one process, with a thousand users, as the peers have. */
  ours(): Promise<OurSystem>
  bare(): Promise<BareSystem>
  fastApi(): Promise<FastApiSystem>
  betterAuth(): Promise<BetterAuthSystem>
  /** Says something beside the results. */
  note(text: string): void
  close(): Promise<void>
}

/** Of all that is measured for long enough. */
export const PACE: Pace = { rounds: 5, seconds: 5, warmUpSeconds: 3 }
export const QUICK_PACE: Pace = { rounds: 1, seconds: 1, warmUpSeconds: 1 }
const USERS = 1_000

type Shared<T> = () => Promise<T>

/** Remembers what was started, to share and to stop it. */
function keeper() {
  const running: RunningServer[] = []
  const once = <T extends { server: RunningServer }>(start: Shared<T>): Shared<T> => {
    let started: Promise<T> | undefined
    return async () => {
      started ??= start().then((system) => {
        running.push(system.server)
        return system
      })
      return started
    }
  }
  const stopAll = async () => {
    for (const server of running) await server.stop()
  }
  return { once, stopAll }
}

export async function openLaboratory(quick: boolean): Promise<Laboratory> {
  const release = await claimMachine()
  const postgres = await startPostgres()
  const { once, stopAll } = keeper()
  const ours = once(() => startOurs(postgres, { database: 'ours', users: USERS }))
  return {
    postgres,
    quick,
    pace: quick ? QUICK_PACE : PACE,
    ours,
    bare: once(async () => startBare((await ours()).databaseUrl)),
    fastApi: once(() => startFastApi(postgres, USERS)),
    betterAuth: once(() => startBetterAuth(postgres, USERS)),
    note: (text) => void process.stderr.write(`${text}\n`),
    async close() {
      await stopAll()
      await postgres.stop()
      await release()
    },
  }
}

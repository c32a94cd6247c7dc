import { setTimeout as delay } from 'node:timers/promises'
import { spreadOf } from '../lab/compare.ts'
import { requestsContender, slowRequestsContender } from '../lab/contender.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import { ourRequests, showsSignIn, showsUser } from '../lab/requests.ts'
import { type Row, valueRow } from '../lab/rows.ts'
import { residentMegabytes } from '../lab/usage.ts'
import { type OurData, serveOurData } from '../systems/ours.ts'

const START_GOAL_MS = 1_000
const MEMORY_GOAL_MB = 150
const IDLE_MS = 5_000

async function use(base: string, ours: OurData, seconds: number): Promise<void> {
  const { get, signIn } = ourRequests(ours)
  const target = { name: 'ours', base, connections: 16 }
  const reading = await requestsContender(target, get('/api/v1/users/me'), showsUser)
  const signingIn = await slowRequestsContender(target, signIn('/api/v1/auth/login'), showsSignIn)
  await reading.run(seconds)
  await signingIn.run(seconds)
}

/** How fast it stands, and what it takes to stand there. */
export async function standing(lab: Laboratory): Promise<Row[]> {
  const ours = await lab.ours()
  const starts: number[] = []
  const fresh: number[] = []
  const used: number[] = []
  for (let round = 0; round < lab.pace.rounds; round += 1) {
    const server = await serveOurData(ours)
    starts.push(server.startMs)
    await delay(IDLE_MS)
    fresh.push(await residentMegabytes(server.pid))
    await use(server.base, ours, lab.pace.seconds)
    await delay(IDLE_MS)
    used.push(await residentMegabytes(server.pid))
    await server.stop()
  }
  return [
    valueRow('Start to first answer, database up', spreadOf(starts), ' ms', START_GOAL_MS),
    valueRow('Resident memory, idle', spreadOf(fresh), ' MB', MEMORY_GOAL_MB),
    valueRow('Resident memory, idle after load', spreadOf(used), ' MB'),
  ]
}

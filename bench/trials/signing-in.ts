import type { Contender } from '../lab/compare.ts'
import { slowRequestsContender } from '../lab/contender.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import { betterAuthRequests, fastApiRequests, ourRequests, showsSignIn } from '../lab/requests.ts'
import type { Row } from '../lab/rows.ts'
import { type Rival, runTrial } from '../lab/trial.ts'
import { coresRow, watch } from '../lab/watched.ts'
import { argon2Loop } from '../limits/argon2-loop.ts'

/** Enough that no thread that hashes waits for work, and not so many that requests are shed. */
const connections = 16

async function fastApi(lab: Laboratory): Promise<Contender> {
  const [system, { accounts }] = [await lab.fastApi(), await lab.ours()]
  const target = { name: 'FastAPI', base: system.server.base, connections }
  return slowRequestsContender(
    target,
    fastApiRequests(system, accounts).signIn('/api/v1/auth/login'),
    showsSignIn,
  )
}

async function betterAuth(lab: Laboratory): Promise<Contender> {
  const [system, { accounts }] = [await lab.betterAuth(), await lab.ours()]
  const target = { name: 'Better Auth', base: system.server.base, connections }
  const requests = betterAuthRequests(system, accounts).signIn('/api/auth/sign-in/email')
  return slowRequestsContender(target, requests, showsSignIn)
}

export async function login(lab: Laboratory): Promise<Row[]> {
  const ours = await lab.ours()
  const target = { name: 'ours', base: ours.server.base, connections }
  const requests = ourRequests(ours).signIn('/api/v1/auth/login')
  const contender = await slowRequestsContender(target, requests, showsSignIn)
  const us = watch(contender, ours.server.pid, lab.postgres.pid)
  const rivals: Rival[] = [
    { name: 'Argon2id loop', goal: 0.85, enter: argon2Loop },
    { name: 'FastAPI', goal: 5, enter: () => fastApi(lab) },
    { name: 'Better Auth', goal: 5, enter: () => betterAuth(lab) },
  ]
  const rows = await runTrial('POST /auth/login', us.contender, rivals, lab.pace)
  return [...rows, ...coresRow('POST /auth/login', us)]
}

import type { Contender } from '../lab/compare.ts'
import { requestsContender } from '../lab/contender.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import {
  bareRequests,
  betterAuthRequests,
  fastApiRequests,
  ourRequests,
  showsSessions,
  showsUser,
} from '../lab/requests.ts'
import type { Row } from '../lab/rows.ts'
import { type Rival, runTrial } from '../lab/trial.ts'

export const READING_CONNECTIONS = 32

const ME = '/api/v1/users/me'
const SESSIONS = '/api/v1/sessions'
const connections = READING_CONNECTIONS

async function bare(lab: Laboratory): Promise<Contender> {
  const [{ server }, { accounts }] = [await lab.bare(), await lab.ours()]
  const target = { name: 'bare node:http, one query', base: server.base, connections }
  return requestsContender(target, bareRequests(accounts), showsUser)
}

async function fastApi(lab: Laboratory, path: string, isRight: (body: string) => boolean) {
  const [system, { accounts }] = [await lab.fastApi(), await lab.ours()]
  const target = { name: 'FastAPI', base: system.server.base, connections }
  return requestsContender(target, fastApiRequests(system, accounts).get(path), isRight)
}

async function getSession(lab: Laboratory): Promise<Contender> {
  const [system, { accounts }] = [await lab.betterAuth(), await lab.ours()]
  const target = { name: 'Better Auth get-session', base: system.server.base, connections }
  const requests = betterAuthRequests(system, accounts).get('/api/auth/get-session')
  return requestsContender(target, requests, showsUser)
}

async function us(lab: Laboratory, path: string, isRight: (body: string) => boolean): Promise<Contender> {
  const ours = await lab.ours()
  const target = { name: 'ours', base: ours.server.base, connections }
  return requestsContender(target, ourRequests(ours).get(path), isRight)
}

/** Who am I: the request that every page begins with. */
export async function usersMe(lab: Laboratory): Promise<Row[]> {
  const rivals: Rival[] = [
    { name: 'bare node:http, one query', goal: 0.7, enter: () => bare(lab) },
    { name: 'FastAPI', goal: 8, enter: () => fastApi(lab, ME, showsUser) },
    { name: 'Better Auth get-session', goal: 8, enter: () => getSession(lab) },
  ]
  return runTrial('GET /users/me', await us(lab, ME, showsUser), rivals, lab.pace)
}

export async function sessions(lab: Laboratory): Promise<Row[]> {
  const rivals: Rival[] = [
    { name: 'bare node:http, one query', goal: 0.5, enter: () => bare(lab) },
    { name: 'FastAPI', enter: () => fastApi(lab, SESSIONS, showsSessions) },
  ]
  return runTrial('GET /sessions', await us(lab, SESSIONS, showsSessions), rivals, lab.pace)
}

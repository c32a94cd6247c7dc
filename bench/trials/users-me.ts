import { compare } from '../lab/compare.ts'
import { requestsContender } from '../lab/contender.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import { bareRequests, fromSessions, showsUser } from '../lab/requests.ts'
import { comparisonRow, type Row } from '../lab/rows.ts'

const OPERATION = 'GET /users/me'
const CONNECTIONS = 32

export async function usersMe(lab: Laboratory): Promise<Row[]> {
  const ours = await lab.ours()
  const bare = await lab.bare()
  const us = await requestsContender(
    { name: 'CrypAlgos API', base: ours.server.base, connections: CONNECTIONS },
    fromSessions(ours, '/api/v1/users/me'),
    showsUser,
  )
  const limit = await requestsContender(
    { name: 'bare node:http, one query', base: bare.server.base, connections: CONNECTIONS },
    bareRequests(ours.accounts),
    showsUser,
  )
  const [our, their] = await compare([us, limit], lab.pace)
  if (our === undefined || their === undefined) throw new Error('a contender did not run')
  return [comparisonRow(OPERATION, our, their, 0.7)]
}

import type { Contender } from '../lab/compare.ts'
import { refreshContender } from '../lab/contender.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import { fastApiChains, ourChains } from '../lab/requests.ts'
import type { Row } from '../lab/rows.ts'
import { type Rival, runTrial } from '../lab/trial.ts'
import { pgbench } from '../limits/pgbench.ts'
import { makeOurData } from '../systems/ours.ts'

const PATH = '/api/v1/auth/refresh'
const connections = 64

async function fastApi(lab: Laboratory): Promise<Contender> {
  const [system, { accounts }] = [await lab.fastApi(), await lab.ours()]
  const target = { name: 'FastAPI', base: system.server.base, connections }
  return refreshContender(target, PATH, fastApiChains(system, accounts))
}

async function oneUpdate(lab: Laboratory): Promise<Contender> {
  const { accounts } = await lab.ours()
  return pgbench(await makeOurData(lab.postgres, { database: 'pgbench', users: accounts.users }))
}

export async function refresh(lab: Laboratory): Promise<Row[]> {
  const ours = await lab.ours()
  const us = refreshContender({ name: 'ours', base: ours.server.base, connections }, PATH, ourChains(ours))
  const rivals: Rival[] = [
    { name: 'pgbench, one update', goal: 0.5, enter: () => oneUpdate(lab) },
    { name: 'FastAPI', enter: () => fastApi(lab) },
  ]
  return runTrial('POST /auth/refresh', us, rivals, lab.pace)
}

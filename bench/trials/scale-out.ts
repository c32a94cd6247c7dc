import { requestsContender } from '../lab/contender.ts'
import { Unavailable } from '../lab/install.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import { pinned } from '../lab/pinning.ts'
import { ourRequests, showsUser } from '../lab/requests.ts'
import { type Row, unmeasuredRow } from '../lab/rows.ts'
import type { RunningServer } from '../lab/server-process.ts'
import { runTrial } from '../lab/trial.ts'
import { coresRow, type Watched, watch } from '../lab/watched.ts'
import { type OurSystem, serveOurData } from '../systems/ours.ts'

const GOAL = 1.5
const OPERATION = 'Scale out: GET /users/me'
const CONNECTIONS = 64

async function enter(
  lab: Laboratory,
  ours: OurSystem,
  server: RunningServer,
  name: string,
): Promise<Watched> {
  const target = { name, base: server.base, connections: CONNECTIONS }
  const requests = ourRequests(ours).get('/api/v1/users/me')
  return watch(await requestsContender(target, requests, showsUser), server.pid, lab.postgres.pid)
}

/** The load and PostgreSQL are on the same cores, so what they take is not there for a second process. */
async function sharedCores(lab: Laboratory, single: Watched, pair: Watched): Promise<Row[]> {
  const rival = { name: single.contender.name, goal: GOAL, enter: async () => single.contender }
  const rows = await runTrial(`${OPERATION}, 2 processes`, pair.contender, [rival], lab.pace)
  return [...rows, ...coresRow('1 process', single), ...coresRow('2 processes', pair)]
}

/** Twice the processes on twice the cores, where PostgreSQL and the load have twice as many too. */
async function doubledCores(lab: Laboratory, single: Watched, pair: Watched): Promise<Row[]> {
  const operation = `${OPERATION}, 2 processes, all on 2 cores`
  const name = '1 process, all on 1 core'
  const roots = [process.pid, lab.postgres.pid]
  try {
    const one = await pinned(single.contender, roots, '0')
    const two = await pinned(pair.contender, roots, '0-1')
    return await runTrial(
      operation,
      two,
      [{ name, goal: GOAL, enter: async () => ({ ...one, name }) }],
      lab.pace,
    )
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return [unmeasuredRow(operation, name, error.message, 'skipped')]
  }
}

export async function scaleOut(lab: Laboratory): Promise<Row[]> {
  const ours = await lab.ours()
  const [one, two] = [await serveOurData(ours, 1), await serveOurData(ours, 2)]
  try {
    const pair = await enter(lab, ours, two, '2 processes')
    const single = await enter(lab, ours, one, '1 process')
    return [...(await sharedCores(lab, single, pair)), ...(await doubledCores(lab, single, pair))]
  } finally {
    await one.stop()
    await two.stop()
  }
}

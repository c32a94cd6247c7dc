import { availableParallelism } from 'node:os'
import type { Contender, Measured } from '../lab/compare.ts'
import { requestsContender } from '../lab/contender.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import { ourRequests, showsUser } from '../lab/requests.ts'
import { digits, type Row } from '../lab/rows.ts'
import type { RunningServer } from '../lab/server-process.ts'
import { runTrial } from '../lab/trial.ts'
import { cpuSeconds } from '../lab/usage.ts'
import { type OurSystem, serveOurData } from '../systems/ours.ts'

const GOAL = 1.5
const OPERATION = 'Scale out: GET /users/me'
const CONNECTIONS = 64

/** Cores in use on average. */
type Cores = { api: number; postgres: number; load: number }

/** A contender that also notes, for its latest run, who used the cores. */
type Watched = { contender: Contender; cores(): Cores | undefined }

function watch(contender: Contender, apiPid: number, postgresPid: number): Watched {
  let cores: Cores | undefined
  return {
    cores: () => cores,
    contender: {
      name: contender.name,
      async run(seconds): Promise<Measured> {
        const before = [cpuSeconds(apiPid), cpuSeconds(postgresPid)]
        const measured = await contender.run(seconds)
        const [api, postgres] = [apiPid, postgresPid].map((pid, index) => {
          const [now, then] = [cpuSeconds(pid), before[index]]
          return now === undefined || then === undefined ? Number.NaN : (now - then) / seconds
        })
        if (api !== undefined && postgres !== undefined && !Number.isNaN(api))
          cores = { api, postgres, load: measured.loadShare ?? 0 }
        return measured
      },
    },
  }
}

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

function coresRow({ contender, cores }: Watched): Row[] {
  const used = cores()
  if (used === undefined) return []
  const { api, postgres, load } = used
  return [
    {
      operation: `Cores in use, ${contender.name}`,
      ours: `API ${digits(api)}, PostgreSQL ${digits(postgres)}, load ${digits(load)} of ${availableParallelism()}`,
      against: '',
      theirs: '',
      ratio: '',
      goal: '',
      holds: '',
    },
  ]
}

export async function scaleOut(lab: Laboratory): Promise<Row[]> {
  const ours = await lab.ours()
  const [one, two] = [await serveOurData(ours, 1), await serveOurData(ours, 2)]
  try {
    const pair = await enter(lab, ours, two, '2 processes')
    const single = await enter(lab, ours, one, '1 process')
    const rival = { name: single.contender.name, goal: GOAL, enter: async () => single.contender }
    const rows = await runTrial(`${OPERATION}, 2 processes`, pair.contender, [rival], lab.pace)
    return [...rows, ...coresRow(single), ...coresRow(pair)]
  } finally {
    await one.stop()
    await two.stop()
  }
}

import { availableParallelism } from 'node:os'
import type { Contender, Measured } from './compare.ts'
import { digits, type Row } from './rows.ts'
import { cpuSeconds } from './usage.ts'

/** Cores in use on average. */
type Cores = { api: number; postgres: number; load: number }

/** A contender that also notes, for its latest run, who used the cores. */
export type Watched = { contender: Contender; cores(): Cores | undefined }

export function watch(contender: Contender, apiPid: number, postgresPid: number): Watched {
  let cores: Cores | undefined
  return {
    cores: () => cores,
    contender: {
      name: contender.name,
      async run(seconds): Promise<Measured> {
        const begin = performance.now()
        const before = [cpuSeconds(apiPid), cpuSeconds(postgresPid)]
        const measured = await contender.run(seconds)
        const took = (performance.now() - begin) / 1000
        const [api, postgres] = [apiPid, postgresPid].map((pid, index) => {
          const [now, then] = [cpuSeconds(pid), before[index]]
          return now === undefined || then === undefined ? Number.NaN : (now - then) / took
        })
        if (api !== undefined && postgres !== undefined && !Number.isNaN(api))
          cores = { api, postgres, load: measured.loadShare ?? 0 }
        return measured
      },
    },
  }
}

/** Who used the cores; nothing where the system does not tell. */
export function coresRow(operation: string, { cores }: Watched): Row[] {
  const used = cores()
  if (used === undefined) return []
  const { api, postgres, load } = used
  return [
    {
      operation: `Cores in use, ${operation}`,
      ours: `API ${digits(api)}, PostgreSQL ${digits(postgres)}, load ${digits(load)} of ${availableParallelism()}`,
      against: '',
      theirs: '',
      ratio: '',
      goal: '',
      holds: '',
    },
  ]
}

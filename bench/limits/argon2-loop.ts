import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { openHashingPool } from '../../src/platform/hashing/hashing-pool.ts'
import { PASSWORD } from '../lab/accounts.ts'
import type { Contender } from '../lab/compare.ts'

const THREAD = join(import.meta.dirname, 'argon2-thread.ts')

/** The limit of sign-ins: nothing but verifying hashes of our parameters, in as many threads as we use. */
export async function argon2Loop(): Promise<Contender> {
  const threads = availableParallelism()
  const hashing = openHashingPool({ threads: 1 })
  const hash = await hashing.hash(PASSWORD)
  await hashing.close()
  return {
    name: `Argon2id loop, ${threads} threads`,
    async run(seconds) {
      const workers = Array.from(
        { length: threads },
        () => new Worker(THREAD, { workerData: { password: PASSWORD, hash, seconds } }),
      )
      const rates = await Promise.all(
        workers.map(async (worker) => Number((await once(worker, 'message'))[0])),
      )
      return { rate: rates.reduce((sum, rate) => sum + rate, 0), failed: 0 }
    },
  }
}

import { join } from 'node:path'

/** What the measurements keep between runs: installed peers, results. */
export const BENCH_FOLDER = join(import.meta.dirname, '../../.data/bench')

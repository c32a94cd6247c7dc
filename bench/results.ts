import { availableParallelism, cpus, totalmem } from 'node:os'
import { readResults } from './lab/results-file.ts'
import { tableOf } from './lab/rows.ts'

/*
 * Writes what `make bench` measured last as the results of docs/BENCHMARKS.md: machine, dates, table.
 */

const results = Object.values(await readResults())
const dates = [...new Set(results.map(({ date }) => date))].toSorted()
const memory = Math.round(totalmem() / 2 ** 30)
const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${memory} GB of memory, ${process.platform}`
process.stdout.write(`Measured on ${dates.join(', ')} with \`make bench\`; ${machine}, Node ${process.versions.node}, PostgreSQL 18.

${tableOf(results.flatMap(({ rows }) => rows))}
`)

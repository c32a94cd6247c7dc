import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

export type ServerCommand = {
  name: string
  command: string
  args: string[]
  env: Record<string, string>
  port: number
  /** A path that answers 2xx as soon as the server serves. */
  readyPath: string
}

export type RunningServer = {
  base: string
  pid: number
  /** From the start of the process to its first answer. */
  startMs: number
  stop(): Promise<void>
}

const POLL_MS = 5
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 15_000
const KEPT_OUTPUT = 4_000

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined)
  await answer?.arrayBuffer()
  return answer?.ok === true
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  child.kill('SIGTERM')
  await exited
  clearTimeout(timer)
}

/** Starts a server and waits until it answers. @throws with what it said last if it does not */
export async function startServer(server: ServerCommand): Promise<RunningServer> {
  const { name, command, args, env, port, readyPath } = server
  const base = `http://127.0.0.1:${port}`
  const begin = performance.now()
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.add(child)
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT)
  })
  child.once('exit', () => children.delete(child))
  while (!(await answers(base + readyPath))) {
    if (child.exitCode !== null || performance.now() - begin > START_LIMIT_MS) {
      await stopChild(child)
      throw new Error(`${name} did not start:\n${output}`)
    }
    await delay(POLL_MS)
  }
  const startMs = performance.now() - begin
  return { base, pid: child.pid ?? 0, startMs, stop: () => stopChild(child) }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '..')

/** Settings that production accepts; the database and the mail server are the test's own. */
export const PRODUCTION = {
  APP_ENV: 'production',
  // No file of the checkout has a say.
  ENV_FILE: '/dev/null',
  PORT: '0',
  ACCESS_TOKEN_SECRET_KEY: 'k7Yw2Qn9Vx4Zt1Rb6Mc3Lp8Hd5Jf0GsA',
  REFRESH_TOKEN_SECRET_KEY: 'p3Ue8Ko1Ws6Nd9Xv4Bq7Tm2Yc5Zr0HjL',
  RESEND_FROM_EMAIL: 'accounts@crypalgos.example',
  TRUSTED_PROXIES: '127.0.0.1',
} satisfies Record<string, string>

export type Ending = { code: number | null; signal: string | null }

/** A program of ours in a process of its own. */
export type Program = {
  pid: number
  /** What it has written so far, errors too. */
  lines: string[]
  /** The first line that matches, once there is one. Fails where the program ends without. */
  line(pattern: RegExp): Promise<string>
  /** All lines that match, once there are so many. */
  matching(pattern: RegExp, count: number): Promise<string[]>
  /** Where it listens, once it does. */
  url(): Promise<string>
  signal(name: NodeJS.Signals): void
  ended: Promise<Ending>
}

export type ProgramOptions = {
  env?: Record<string, string>
  cwd?: string
  uid?: number
  node?: string
}

const INHERITED = ['PATH', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE']

/** What a program needs of this process; the coverage of all is counted together. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
}

function follow(child: ChildProcess, lines: string[]): Promise<void>[] {
  return [child.stdout, child.stderr].map(async (stream) => {
    if (stream === null) return
    for await (const line of createInterface({ input: stream })) {
      lines.push(line)
      child.emit('line')
    }
  })
}

/** Starts node with these arguments and no other settings than the given. */
export function startProgram(args: string[], options: ProgramOptions = {}): Program {
  const { env = {}, cwd = ROOT, node = process.execPath, ...user } = options
  const child = spawn(node, args, { cwd, env: { ...inherited(), ...env }, ...user })
  const lines: string[] = []
  const followed = Promise.all(follow(child, lines))
  let over = false
  const ended = once(child, 'exit').then(async ([code, signal]): Promise<Ending> => {
    await followed
    over = true
    child.emit('line')
    return { code, signal }
  })
  const matching = async (pattern: RegExp, count: number): Promise<string[]> => {
    for (;;) {
      const found = lines.filter((line) => pattern.test(line))
      if (found.length >= count) return found
      if (over) {
        throw new Error(`the program ended without ${pattern}:\n${lines.join('\n')}`)
      }
      await once(child, 'line')
    }
  }
  const line = async (pattern: RegExp) => (await matching(pattern, 1))[0] ?? ''
  return {
    pid: child.pid ?? 0,
    lines,
    line,
    matching,
    async url() {
      return /http:\/\/127\.0\.0\.1:\d+/.exec(await line(/Server listening at/))?.[0] ?? ''
    },
    signal: (name) => child.kill(name),
    ended,
  }
}

/** Ends what a test has left running. */
export async function killProgram(program: Program): Promise<void> {
  program.signal('SIGKILL')
  await program.ended
}

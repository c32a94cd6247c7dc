import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Longer than the server itself takes at most to end in order. */
const STOP_WAIT_MS = 12_000
const ROOT = join(import.meta.dirname, '..')

/** Runs the migrations in a process of its own, since a changed one is not loaded twice. @returns whether it worked */
export async function runMigrations(env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/migrate.ts'), 'up'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [code] = await once(child, 'close')
  if (code !== 0 || !output.startsWith('Nothing to do')) process.stdout.write(output)
  return code === 0
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** The server as a child, which can be replaced by a fresh one. */
export class DevServer {
  readonly #env: NodeJS.ProcessEnv
  readonly #onCrash: () => void
  #child: ChildProcess | undefined

  constructor(env: NodeJS.ProcessEnv, onCrash: () => void) {
    this.#env = env
    this.#onCrash = onCrash
  }

  start(): void {
    // In a process group of its own, so that Ctrl-C reaches it once and in order, through the watcher.
    const child = fork(join(ROOT, 'src/main.ts'), {
      env: this.#env,
      execArgv: ['--import', join(ROOT, 'scripts/end-with-parent.ts')],
      detached: true,
    })
    this.#child = child
    child.on('exit', () => {
      if (this.#child !== child) return
      this.#child = undefined
      this.#onCrash()
    })
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Resolves once it has ended; kills it if it does not. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || hasEnded(child)) return
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT_MS)
    child.kill('SIGTERM')
    await once(child, 'exit')
    clearTimeout(timer)
  }
}

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Piscina } from 'piscina'
import { AppError } from '../errors.ts'

export type HashingTask =
  | { kind: 'hash'; password: string }
  | { kind: 'verify'; password: string; hash: string }
  | { kind: 'verify_bcrypt'; password: string; hash: string }
  | { kind: 'strength'; password: string; userInputs: string[] }

/**
 * The slow, memory-hungry work on passwords, off the event loop, in a bounded queue. Each method throws
 * 503 `overloaded` when the queue is full, at once, rather than letting callers wait without an end.
 */
export type HashingPool = {
  /** Argon2id in PHC format with a fresh salt. */
  hash(password: string): Promise<string>
  /** Whether a password fits an Argon2 hash in PHC format, whatever its parameters. */
  verify(password: string, hash: string): Promise<boolean>
  /** Whether a password fits a bcrypt hash of the older system; cut at 72 bytes as bcrypt does. */
  verifyBcrypt(password: string, hash: string): Promise<boolean>
  /** zxcvbn's score from 0 (guessed at once) to 4. */
  strength(password: string, userInputs: string[]): Promise<number>
  /** Tasks that wait for a thread. */
  readonly queueSize: number
  close(): Promise<void>
}

export type HashingPoolOptions = { threads?: number; maxQueue?: number }

/** At some 25 ms a hash on one core this is about a second of waiting: then shedding is kinder than a queue. */
const QUEUE_PER_THREAD = 32
/** Behind the event loop when the cores are short, so that a flood of sign-ins does not stop everything else. */
const NICE_INCREMENT = 10
const RETRY_AFTER_SECONDS = 2

function isQueueFull(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Task queue is at limit')
}

export function openHashingPool(options: HashingPoolOptions = {}): HashingPool {
  const threads = options.threads ?? availableParallelism()
  const pool = new Piscina({
    filename: join(import.meta.dirname, 'hashing-worker.ts'),
    name: 'runHashingTask',
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 60_000,
    maxQueue: options.maxQueue ?? threads * QUEUE_PER_THREAD,
    niceIncrement: NICE_INCREMENT,
  })
  const run = async (task: HashingTask) => {
    try {
      return await pool.run(task)
    } catch (error) {
      if (!isQueueFull(error)) throw error
      throw new AppError('overloaded', { cause: error, retryAfterSeconds: RETRY_AFTER_SECONDS })
    }
  }
  return {
    hash: (password) => run({ kind: 'hash', password }),
    verify: (password, hash) => run({ kind: 'verify', password, hash }),
    verifyBcrypt: (password, hash) => run({ kind: 'verify_bcrypt', password, hash }),
    strength: (password, userInputs) => run({ kind: 'strength', password, userInputs }),
    get queueSize() {
      return pool.queueSize
    },
    close: () => pool.close(),
  }
}

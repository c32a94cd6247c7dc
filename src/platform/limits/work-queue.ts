import { AppError } from '../errors.ts'
import { type Task, Tasks } from './tasks.ts'
import { FLAG } from './work-flags.ts'

const MEGABYTE = 1024 * 1024

/** What a task may use. Only a `WorkQueue` hands one out, so whoever asks for one has waited for a place. */
class WorkBudget {
  /** Aborts when the caller is gone, the time is used up or the process closes. */
  readonly signal: AbortSignal
  /** Shared with the thread that computes: see `FLAG`. */
  readonly flags: Int32Array
  #left: number

  constructor({ bytes, flags }: Task, signal: AbortSignal) {
    this.signal = signal
    this.flags = flags
    this.#left = bytes
  }

  /**
   * Count memory that is about to be filled.
   * @throws AppError `work_too_large` when it exceeds what was reserved
   */
  take(bytes: number): void {
    this.signal.throwIfAborted()
    if (bytes > this.#left) throw tooLarge()
    this.#left -= bytes
  }
}

export type { WorkBudget }

export type WorkRequest = {
  userId: string
  /** Memory to reserve: everything that is loaded and computed. */
  bytes: number
  /** Time that the task may run; time in which it waits or is paused does not count. */
  seconds: number
  /** Ends the task. */
  signal: AbortSignal
  /** Whether it waits as long as it takes, as a job does for which no client is waiting. */
  isPatient?: boolean
}

/** A place that was given to a task. */
export type WorkPlace = {
  budget: WorkBudget /** Give the place back; more than once does nothing. */
  leave(): void
}

export type WorkQueue = {
  /**
   * Wait for a place and keep it until `leave` is called or the task is ended.
   * @throws AppError `rate_limited` (429) when the user has too many tasks waiting; `overloaded` (503) when too many
   * tasks wait, or the place is not free in time
   */
  enter(request: WorkRequest): Promise<WorkPlace>
  /**
   * Wait for a place, then run a task with a budget.
   * @throws AppError those of `enter`; `work_too_large` or `work_too_long` when the task exceeds its budget
   */
  run<T>(request: WorkRequest, task: (budget: WorkBudget) => Promise<T>): Promise<T>
  /** Tasks by what they do. */
  counts(): { running: number; paused: number; waiting: number }
}

export type WorkQueueOptions = {
  /** Tasks that run at the same time. */
  slots: number
  /** Tasks that may be paused beside them, so that another user's turn comes. */
  parked: number
  /** Of them, those of one user; all where it is left out. */
  slotsPerUser?: number
  /** Memory of all tasks that have begun. */
  bytes: number
  maxWaitingPerUser: number
  maxWaiting: number
  /** How long a task waits for a place before it is refused. */
  waitSeconds: number
  /** Milliseconds after which a task gives its place to another user who waits. */
  sliceMs?: number
  /** Monotonic time in milliseconds. */
  now?: () => number
}

const SLICE_MS = 1_000
const TICK_MS = 50
const RETRY_SECONDS = 2

function tooLarge(): AppError {
  return new AppError('work_too_large')
}

function overloaded(): AppError {
  return new AppError('overloaded', { retryAfterSeconds: RETRY_SECONDS })
}

/**
 * Make room for one more task of a user. In a full queue the newest task of the user with the most waiting ones gives
 * way, so that a crowd of some users does not refuse others.
 * @throws AppError `rate_limited`, `overloaded`
 */
function makeRoom(tasks: Tasks, userId: string, { maxWaiting, maxWaitingPerUser }: WorkQueueOptions): void {
  const impatient = tasks.waiting.filter(({ isPatient }) => !isPatient)
  const byUser = Map.groupBy(impatient, (task) => task.userId)
  const own = byUser.get(userId)?.length ?? 0
  if (own >= maxWaitingPerUser) {
    throw new AppError('rate_limited', {
      detail: `${own} of your requests are already waiting for a place. Wait for one of them.`,
      retryAfterSeconds: RETRY_SECONDS,
    })
  }
  if (impatient.length < maxWaiting) return
  const [crowd = []] = [...byUser.values()].sort((a, b) => b.length - a.length)
  if (crowd.length <= own + 1) throw overloaded()
  crowd.at(-1)?.end(overloaded())
}

/**
 * Create a queue that shares processor time and memory fairly between users. The next place goes to the user with the
 * fewest running tasks, then to the one who has used the least time lately. A task that has had its slice is paused
 * while another user waits.
 */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { waitSeconds, sliceMs = SLICE_MS, now = () => performance.now() } = options
  const tasks = new Tasks({ ...options, sliceMs, now })
  const largest = tasks.largestBytes
  let timer: NodeJS.Timeout | undefined

  const tick = () => {
    for (const task of tasks.begun()) {
      task.bytes = task.reserved + Atomics.load(task.flags, FLAG.grown) * MEGABYTE
      if (task.bytes > largest) task.end(tooLarge())
      else if (tasks.usedMs(task) > task.limitMs) task.end(new AppError('work_too_long'))
    }
    const latest = now() - waitSeconds * 1_000
    for (const task of tasks.waiting) {
      if (!task.isPatient && task.since < latest) {
        task.end(overloaded())
      }
    }
    tasks.schedule()
    if (tasks.isIdle() && timer) {
      clearInterval(timer)
      timer = undefined
    }
  }

  const enter = async (request: WorkRequest): Promise<WorkPlace> => {
    const { userId, signal, isPatient = false } = request
    signal.throwIfAborted()
    if (!isPatient) makeRoom(tasks, userId, options)
    const task = tasks.add({ ...request, isPatient, bytes: Math.min(request.bytes, largest) })
    const end = () => task.end(signal.reason)
    const leave = () => {
      signal.removeEventListener('abort', end)
      tasks.remove(task)
      tasks.schedule()
    }
    signal.addEventListener('abort', end, { once: true })
    timer ??= setInterval(tick, TICK_MS).unref()
    tasks.schedule()
    await task.started.catch((error: unknown) => {
      leave()
      throw error
    })
    return { budget: new WorkBudget(task, task.stop.signal), leave }
  }

  return {
    enter,
    async run(request, work) {
      const { budget, leave } = await enter(request)
      try {
        return await work(budget)
      } catch (error) {
        throw budget.signal.aborted ? budget.signal.reason : error
      } finally {
        leave()
      }
    },
    counts: () => tasks.counts(),
  }
}

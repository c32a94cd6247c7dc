import { Usage } from './usage.ts'
import { COMMAND, FLAG } from './work-flags.ts'

/** One piece of work, from when it is asked for until it has ended. */
export type Task = {
  readonly userId: string
  readonly isPatient: boolean
  /** When it began to wait. */
  readonly since: number
  readonly limitMs: number
  readonly reserved: number
  /** Memory that it holds now: what was reserved, and what its results have grown by. */
  bytes: number
  readonly flags: Int32Array
  state: 'waiting' | 'running' | 'paused'
  /** When it was last started or resumed. */
  resumedAt: number
  /** Time that it ran before that. */
  ranMs: number
  readonly started: Promise<void>
  start(): void
  readonly stop: AbortController
  end(reason: unknown): void
}

export type TaskRequest = { userId: string; bytes: number; seconds: number; isPatient: boolean }

type Rules = {
  slots: number
  slotsPerUser?: number
  parked: number
  bytes: number
  sliceMs: number
  now: () => number
}

/** Of the memory, what large tasks may take, one or all of them: the rest is for small ones. */
export const LARGEST_SHARE = 3 / 4
/** After this the task whose turn it is waits for its memory alone. */
const PATIENCE_MS = 1_000
/** What a small task takes at most. */
const SMALL_SHARE = 1 / 8

function command(task: Task, value: number): void {
  Atomics.store(task.flags, FLAG.command, value)
  Atomics.notify(task.flags, FLAG.command)
}

function first(tasks: readonly Task[], order: (a: Task, b: Task) => number): Task | undefined {
  return tasks.reduce<Task | undefined>(
    (best, task) => (best === undefined || order(task, best) < 0 ? task : best),
    undefined,
  )
}

/** The tasks of a queue, and the decision which of them run. */
export class Tasks {
  readonly waiting: Task[] = []
  private readonly live: Task[] = []
  private readonly usage: Usage
  private readonly rules: Rules

  constructor(rules: Rules) {
    this.rules = rules
    this.usage = new Usage(rules.now)
  }

  /** The most that one task may take. */
  get largestBytes(): number {
    return this.rules.bytes * LARGEST_SHARE
  }

  add({ userId, bytes, seconds, isPatient }: TaskRequest): Task {
    const begin = Promise.withResolvers<void>()
    // A task can end before anybody waits for its start.
    begin.promise.catch(() => {})
    const stop = new AbortController()
    const task: Task = {
      userId,
      isPatient,
      since: this.rules.now(),
      limitMs: seconds * 1_000,
      reserved: bytes,
      bytes,
      flags: new Int32Array(new SharedArrayBuffer(12)),
      state: 'waiting',
      resumedAt: 0,
      ranMs: 0,
      started: begin.promise,
      start: begin.resolve,
      stop,
      end: (reason) => {
        stop.abort(reason)
        begin.reject(reason)
        command(task, COMMAND.stop)
      },
    }
    this.waiting.push(task)
    return task
  }

  remove(task: Task): void {
    if (task.state === 'running') this.charge(task)
    for (const list of [this.waiting, this.live]) {
      const at = list.indexOf(task)
      if (at !== -1) list.splice(at, 1)
    }
  }

  begun(): Task[] {
    return [...this.live]
  }

  isIdle(): boolean {
    return this.live.length === 0 && this.waiting.length === 0
  }

  counts() {
    const running = this.running().length
    return { running, paused: this.live.length - running, waiting: this.waiting.length }
  }

  /** Milliseconds that a task has run. */
  usedMs(task: Task): number {
    return task.ranMs + (task.state === 'running' ? this.rules.now() - task.resumedAt : 0)
  }

  /** Start, resume and pause tasks until nothing would change. */
  schedule(): void {
    if (this.isCramped()) {
      this.runLargestAlone()
      return
    }
    for (;;) {
      const next = this.next()
      if (next === undefined) return
      if (this.running().length >= this.rules.slots) {
        const other = this.exhausted(next)
        if (other === undefined) return
        this.pause(other)
      }
      this.begin(next)
    }
  }

  private running(): Task[] {
    return this.live.filter(({ state }) => state === 'running')
  }

  /**
   * The task whose turn it is, of those that there is room for. A task whose turn it has been for a while keeps others
   * from starting until there is room for it.
   */
  private next(): Task | undefined {
    const { now, slotsPerUser = Number.POSITIVE_INFINITY } = this.rules
    const isAllowed = (task: Task) => !task.stop.signal.aborted && this.runningOf(task) < slotsPerUser
    const byOrder = (a: Task, b: Task) => this.order(a, b)
    const paused = this.live.filter((task) => task.state === 'paused' && isAllowed(task))
    const waiting = this.waiting.filter(isAllowed)
    const due = first(waiting, byOrder)
    const isKept = due !== undefined && !this.fits(due) && now() - due.since > PATIENCE_MS
    const fitting = isKept ? [] : waiting.filter((task) => this.fits(task))
    return first([...paused, ...fitting], byOrder)
  }

  private runningOf({ userId }: Task): number {
    return this.running().filter((task) => task.userId === userId).length
  }

  private order(a: Task, b: Task): number {
    return (
      this.runningOf(a) - this.runningOf(b) ||
      this.usage.of(a.userId) - this.usage.of(b.userId) ||
      a.since - b.since
    )
  }

  private fits({ bytes }: Task): boolean {
    const { slots, parked, bytes: all } = this.rules
    if (this.live.length >= slots + parked) return false
    return this.held() + bytes <= (bytes <= all * SMALL_SHARE ? all : all * LARGEST_SHARE)
  }

  private held(): number {
    return this.live.reduce((sum, task) => sum + task.bytes, 0)
  }

  /** Whether the results of tasks have grown beyond the memory that there is. */
  private isCramped(): boolean {
    return this.live.length > 1 && this.held() > this.rules.bytes
  }

  /** Nothing grows but the task that frees the most memory when it ends. */
  private runLargestAlone(): void {
    const largest = first(this.live, (a, b) => b.bytes - a.bytes) as Task
    for (const task of this.running()) if (task !== largest && !task.stop.signal.aborted) this.pause(task)
    if (largest.state === 'paused' && !largest.stop.signal.aborted) this.begin(largest)
  }

  /** A running task that gives way: it had its slice, and its user has had more time lately than the other. */
  private exhausted(next: Task): Task | undefined {
    const { now, sliceMs } = this.rules
    const used = (task: Task) => this.usage.of(task.userId) + now() - task.resumedAt
    const exhausted = this.running()
      .filter(({ userId, stop }) => userId !== next.userId && !stop.signal.aborted)
      .filter((task) => now() - task.resumedAt >= sliceMs && used(task) > this.usage.of(next.userId))
    return first(exhausted, (a, b) => used(b) - used(a))
  }

  private charge(task: Task): void {
    const ran = this.rules.now() - task.resumedAt
    task.ranMs += ran
    this.usage.add(task.userId, ran)
  }

  private pause(task: Task): void {
    this.charge(task)
    task.state = 'paused'
    command(task, COMMAND.pause)
  }

  private begin(task: Task): void {
    if (task.state === 'waiting') {
      this.waiting.splice(this.waiting.indexOf(task), 1)
      this.live.push(task)
      task.start()
    } else command(task, COMMAND.go)
    task.state = 'running'
    task.resumedAt = this.rules.now()
  }
}

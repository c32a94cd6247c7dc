import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { AppError } from '../errors.ts'
import { mayGoOn } from './work-flags.ts'
import { createWorkQueue, type WorkBudget, type WorkQueueOptions, type WorkRequest } from './work-queue.ts'

const SMALL = 1_000
const ALL = 100_000

/** A queue on a clock of its own, and tasks that end when they are told to. */
function open(options: Partial<WorkQueueOptions> = {}) {
  mock.timers.reset()
  mock.timers.enable({ apis: ['setInterval'] })
  let time = 0
  const queue = createWorkQueue({
    ...{ slots: 1, parked: 2, bytes: ALL, maxWaitingPerUser: 2, maxWaiting: 5, waitSeconds: 10 },
    ...options,
    now: () => time,
  })
  const log: string[] = []
  const ask = (userId: string, request: Partial<WorkRequest> = {}) => {
    const gone = new AbortController()
    const end = Promise.withResolvers<string>()
    let budget: WorkBudget | undefined
    const wanted = { userId, bytes: SMALL, seconds: 60, signal: gone.signal, ...request }
    const result = queue.run(wanted, async (given) => {
      budget = given
      log.push(userId)
      given.signal.addEventListener('abort', () => end.reject(new Error('stopped')))
      return end.promise
    })
    result.catch(() => {})
    return {
      result,
      gone,
      end: () => end.resolve(userId),
      fail: end.reject,
      budget: () => budget as WorkBudget,
    }
  }
  const settle = () => new Promise(setImmediate)
  const pass = async (seconds: number) => {
    for (let step = 0; step < seconds * 20; step++) {
      time += 50
      mock.timers.tick(50)
      await settle()
    }
  }
  return { queue, ask, log, pass, settle }
}

async function refusal(result: Promise<unknown>): Promise<AppError> {
  const error = await result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof AppError, String(error))
  return error
}

describe('a work queue', () => {
  it('runs as many tasks at once as it has slots', async () => {
    const { queue, ask, settle } = open({ slots: 2 })
    const [first, second, third] = [ask('a'), ask('b'), ask('c')]
    await settle()
    assert.deepEqual(queue.counts(), { running: 2, paused: 0, waiting: 1 })
    first.end()
    assert.equal(await first.result, 'a')
    await settle()
    second.end()
    third.end()
    assert.equal(await third.result, 'c')
  })

  it('gives the next place to the user who has used the least time lately', async () => {
    const { ask, log, pass, settle } = open({ parked: 0 })
    const first = ask('greedy')
    await pass(5)
    const [second, modest] = [ask('greedy'), ask('modest')]
    first.end()
    await settle()
    assert.deepEqual(log, ['greedy', 'modest'])
    modest.end()
    second.end()
    await second.result
  })

  it('forgets what a user has used in time', async () => {
    const { ask, log, pass, settle } = open({ parked: 0 })
    const first = ask('earlier')
    await pass(5)
    first.end()
    await first.result
    await pass(120)
    const second = ask('lately')
    await pass(1)
    const [third, fourth] = [ask('lately'), ask('earlier')]
    second.end()
    await settle()
    assert.deepEqual(log, ['earlier', 'lately', 'earlier'])
    fourth.end()
    third.end()
    await third.result
  })

  it('pauses a task that had its slice while another user waits, and resumes it afterwards', async () => {
    const { queue, ask, log, pass, settle } = open()
    const long = ask('a')
    await settle()
    const short = ask('b')
    await settle()
    assert.deepEqual(log, ['a'])
    await pass(1)
    assert.deepEqual(log, ['a', 'b'])
    assert.equal(Atomics.load(long.budget().flags, 0), 2)
    assert.deepEqual(queue.counts(), { running: 1, paused: 1, waiting: 0 })
    short.end()
    await short.result
    await settle()
    assert.equal(Atomics.load(long.budget().flags, 0), 0)
    assert.equal(mayGoOn(long.budget().flags), true)
    long.end()
    assert.equal(await long.result, 'a')
  })

  it('lets two long tasks take turns, and pauses none for a task of the same user', async () => {
    const { ask, pass, settle } = open()
    const [a, b] = [ask('a'), ask('b')]
    const own = ask('a')
    await settle()
    const turns: string[] = []
    for (let second = 0; second < 6; second++) {
      await pass(1)
      turns.push(Atomics.load(a.budget().flags, 0) === 2 ? 'b' : 'a')
    }
    assert.deepEqual(turns, ['b', 'a', 'b', 'a', 'b', 'a'])
    assert.equal(own.budget(), undefined)
    for (const task of [a, b, own]) task.end()
    await own.result
  })

  it('pauses no more tasks than it may park', async () => {
    const { queue, ask, pass } = open({ parked: 1 })
    const tasks = ['a', 'b', 'c'].map((user) => ask(user))
    await pass(5)
    assert.deepEqual(queue.counts(), { running: 1, paused: 1, waiting: 1 })
    for (const task of tasks) task.end()
    await Promise.all(tasks.map(({ result }) => result))
  })

  it('begins a task when the memory for it is free, and keeps a quarter for small ones', async () => {
    const { log, ask, settle } = open({ slots: 4 })
    const large = ask('a', { bytes: ALL / 2 })
    const second = ask('b', { bytes: ALL / 2 })
    const small = ask('c', { bytes: ALL / 8 })
    await settle()
    assert.deepEqual(log, ['a', 'c'])
    large.end()
    await settle()
    assert.deepEqual(log, ['a', 'c', 'b'])
    second.end()
    small.end()
    await Promise.all([second.result, small.result])
  })

  it('starts nothing else while the task whose turn it is waits for its memory', async () => {
    const { log, ask, pass } = open({ slots: 4 })
    const held = ask('a', { bytes: ALL / 2 })
    await pass(1)
    const large = ask('b', { bytes: ALL * 0.7 })
    await pass(2)
    const small = ask('a')
    await pass(1)
    assert.deepEqual(log, ['a'])
    held.end()
    await held.result
    await pass(1)
    assert.deepEqual(log, ['a', 'b', 'a'])
    for (const task of [large, small]) task.end()
    await small.result
  })

  it('refuses with 429 the task of a user who has too many waiting', async () => {
    const { ask } = open()
    const tasks = [ask('a'), ask('a'), ask('a')]
    const { status, code, retryAfterSeconds, detail } = await refusal(ask('a').result)
    assert.equal(status, 429)
    assert.equal(code, 'rate_limited')
    assert.equal(retryAfterSeconds, 2)
    assert.match(detail, /^2 of your requests are already waiting/)
    const patient = ask('a', { isPatient: true })
    for (const task of [...tasks, patient]) task.end()
    await patient.result
  })

  it('refuses with 503 when too many tasks wait', async () => {
    const { ask } = open()
    const tasks = ['a', 'b', 'c', 'd', 'e', 'f'].map((user) => ask(user))
    assert.equal((await refusal(ask('g').result)).code, 'overloaded')
    for (const task of tasks) task.end()
    await tasks[5]?.result
  })

  it('lets the newest task of the largest crowd give way in a full queue', async () => {
    const { ask, pass, settle } = open({ parked: 0, maxWaiting: 4, maxWaitingPerUser: 4 })
    const running = ask('a')
    await pass(1)
    const crowd = Array.from({ length: 4 }, () => ask('a'))
    const modest = ask('b')
    assert.equal((await refusal((crowd[3] as (typeof crowd)[number]).result)).code, 'overloaded')
    await settle()
    running.end()
    await settle()
    modest.end()
    assert.equal(await modest.result, 'b')
    for (const task of crowd.slice(0, 3)) task.end()
    await crowd[2]?.result
  })

  it('refuses with 503 what gets no place in time, unless it is patient', async () => {
    const { ask, pass } = open({ parked: 0 })
    const long = ask('a')
    const [client, job] = [ask('b'), ask('b', { isPatient: true })]
    await pass(11)
    const { status, retryAfterSeconds } = await refusal(client.result)
    assert.deepEqual([status, retryAfterSeconds], [503, 2])
    long.end()
    job.end()
    assert.equal(await job.result, 'b')
  })

  it('ends a task that runs longer than it may, and does not count the time in which it waits or is paused', async () => {
    const { ask, pass } = open()
    const long = ask('a', { seconds: 3 })
    const other = ask('b', { seconds: 3 })
    await pass(5)
    assert.equal(long.budget().signal.aborted, false)
    await pass(2)
    assert.equal((await refusal(long.result)).code, 'work_too_long')
    assert.equal((await refusal(other.result)).code, 'work_too_long')
    assert.equal(mayGoOn(long.budget().flags), false)
  })

  it('ends a task whose results outgrow the memory that one task may take', async () => {
    const { ask, pass, settle } = open({ bytes: 100 * 1024 * 1024 })
    const task = ask('a')
    await settle()
    Atomics.store(task.budget().flags, 2, 70)
    await pass(1)
    assert.equal(task.budget().signal.aborted, false)
    Atomics.store(task.budget().flags, 2, 80)
    await pass(1)
    assert.equal((await refusal(task.result)).code, 'work_too_large')
  })

  it('lets only the largest task go on while the results of several have outgrown the memory', async () => {
    const { queue, ask, pass, settle } = open({ slots: 2, bytes: 100 * 1024 * 1024 })
    const [small, large] = [ask('a'), ask('b')]
    await settle()
    Atomics.store(small.budget().flags, 2, 50)
    Atomics.store(large.budget().flags, 2, 60)
    await pass(1)
    assert.deepEqual(queue.counts(), { running: 1, paused: 1, waiting: 0 })
    assert.equal(Atomics.load(small.budget().flags, 0), 2)
    large.end()
    await large.result
    assert.equal(Atomics.load(small.budget().flags, 0), 0)
    small.end()
    await small.result
  })

  it('resumes the largest task where all of them are paused', async () => {
    const { ask, pass, settle } = open({ bytes: 100 * 1024 * 1024 })
    const [first, second] = [ask('a'), ask('b')]
    await pass(1)
    Atomics.store(first.budget().flags, 2, 60)
    Atomics.store(second.budget().flags, 2, 50)
    await pass(1)
    assert.equal(Atomics.load(first.budget().flags, 0), 0)
    assert.equal(Atomics.load(second.budget().flags, 0), 2)
    first.end()
    await first.result
    second.end()
    await settle()
    await second.result
  })

  it('ends a task whose client is gone, whether it waits, runs or is paused', async () => {
    const { queue, ask, pass, settle } = open()
    const [paused, running, waiting] = [ask('a'), ask('b'), ask('c', { bytes: ALL * 0.75 })]
    await pass(1)
    for (const task of [paused, running, waiting]) task.gone.abort(new Error('gone'))
    for (const task of [paused, running, waiting]) await assert.rejects(task.result, /gone/)
    await settle()
    assert.deepEqual(queue.counts(), { running: 0, paused: 0, waiting: 0 })
    const late = ask('d', { signal: AbortSignal.abort(new Error('gone before')) })
    await assert.rejects(late.result, /gone before/)
  })

  it('passes on the failure of a task and frees its place', async () => {
    const { queue, ask, settle } = open()
    const task = ask('a')
    await settle()
    task.fail(new Error('broken'))
    await assert.rejects(task.result, /broken/)
    assert.deepEqual(queue.counts(), { running: 0, paused: 0, waiting: 0 })
  })

  it('lets a task take no more memory than was reserved for it', async () => {
    const { ask, settle } = open()
    const task = ask('a')
    await settle()
    task.budget().take(SMALL - 1)
    task.budget().take(1)
    assert.throws(() => task.budget().take(1), /more memory/)
    task.end()
    await task.result
  })
})

describe('a place in a work queue', () => {
  it('is kept until it is left, and freed once', async () => {
    const { queue, ask, settle } = open()
    const signal = new AbortController().signal
    const place = await queue.enter({ userId: 'a', bytes: SMALL, seconds: 60, signal })
    const next = ask('b')
    await settle()
    assert.deepEqual(queue.counts(), { running: 1, paused: 0, waiting: 1 })
    place.leave()
    place.leave()
    next.end()
    assert.equal(await next.result, 'b')
  })

  it('is one of a few for each user, so that one user cannot hold all of them', async () => {
    const { log, ask, settle } = open({ slots: 4, slotsPerUser: 2, maxWaitingPerUser: 5 })
    const tasks = ['a', 'a', 'a', 'b'].map((user) => ask(user))
    await settle()
    assert.deepEqual(log, ['a', 'a', 'b'])
    for (const task of tasks) task.end()
    await Promise.all(tasks.map(({ result }) => result))
    assert.deepEqual(log, ['a', 'a', 'b', 'a'])
  })
})

describe('the share of users in a queue', () => {
  it('stays small in memory however many users there were', async () => {
    const { Usage } = await import('./usage.ts')
    let time = 0
    const usage = new Usage(() => time)
    for (let user = 0; user < 10_000; user++) usage.add(`user ${user}`, 10)
    time += 200_000
    usage.add('last', 10)
    assert.equal(usage.of('user 1'), 0)
    assert.equal(usage.of('last'), 10)
  })
})

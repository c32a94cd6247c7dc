import { createWorkQueue, type WorkBudget } from '../src/platform/limits/work-queue.ts'

const queue = createWorkQueue({
  ...{ slots: 100, parked: 0, bytes: 1e12, maxWaitingPerUser: 0, maxWaiting: 0, waitSeconds: 1 },
  now: () => 0,
})

/** Run something with a budget, as a request does that has got its place. */
export function withBudget<T>(
  task: (budget: WorkBudget) => Promise<T>,
  signal: AbortSignal = new AbortController().signal,
): Promise<T> {
  return queue.run({ userId: 'test', bytes: 1e9, seconds: 1e9, signal, isPatient: true }, task)
}

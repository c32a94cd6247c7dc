import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { startTestApp, type TestApp, type TestAppOptions } from '../app.ts'
import { type Answer, createClient } from '../client.ts'
import { findLeaks } from './find-leaks.ts'

/** Two real instances of one service, over one database. */
export type Instances = { app: TestApp; twin: TestApp }

/**
 * Starts two instances before the tests of a file, and stops them afterwards. Whatever was attacked, nothing secret
 * may have got into their logs, metrics or database.
 */
export function useInstances(options: TestAppOptions = {}): Instances {
  const instances: Partial<Instances> = {}
  before(async () => {
    instances.app = await startTestApp(options)
    instances.twin = await startTestApp({ ...options, sharing: instances.app })
  })
  after(async () => {
    const { app, twin } = running(instances)
    const leaks = await findLeaks([app, twin])
    try {
      await twin.close()
    } finally {
      await app.close()
    }
    assert.deepEqual(leaks, [], 'secrets are in the logs, the metrics or the database')
  })
  return {
    get app() {
      return running(instances).app
    },
    get twin() {
      return running(instances).twin
    },
  }
}

function running({ app, twin }: Partial<Instances>): Instances {
  if (app === undefined || twin === undefined) throw new Error('the instances are not started yet')
  return { app, twin }
}

/** So many at once, numbered from 0. */
export function atOnce<T>(count: number, action: (number: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, number) => action(number)))
}

/** How often each status was answered. */
export function tally(answers: Pick<Answer, 'status'>[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** Whether an access token opens anything. */
export async function isAlive(app: TestApp, token: string): Promise<boolean> {
  const { status } = await createClient(app).get('/users/me', { token })
  assert.ok(status === 200 || status === 401, `${status}`)
  return status === 200
}

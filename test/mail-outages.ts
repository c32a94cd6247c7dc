import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { TestApp } from './app.ts'
import { type Client, createClient } from './client.ts'
import { makePerson, type Person } from './people.ts'
import { hurryJobs, waitingJobs } from './waiting-jobs.ts'

/** Somebody who waits for a code. */
export type Registered = { person: Person; id: string; client: Client }

/** Registers somebody, which must work whatever the mail does, and waits until the mail was tried. */
export async function register(app: TestApp): Promise<Registered> {
  const client = createClient(app)
  const person = makePerson()
  const { status, data } = await client.post('/auth/register', person)
  assert.equal(status, 201)
  await app.jobsDone()
  return { person, id: data.user.id, client }
}

/** The status of verifying with the code of a mail's text. */
export async function verify({ id, client }: Registered, code: string): Promise<number> {
  return (await client.post('/auth/verify', { identifier: id, verification_code: code })).status
}

export function codeIn(text = ''): string {
  return /^\d{6}$/m.exec(text)?.[0] ?? ''
}

/** Lets the delayed tries happen now. */
export async function tryAgain(app: TestApp): Promise<void> {
  await hurryJobs(app.platform.db)
  await app.jobsDone()
}

/** In how many seconds what failed will be tried again. */
export async function delays(app: TestApp): Promise<number[]> {
  const jobs = await waitingJobs(app.platform.db)
  return jobs.filter(({ isLocked }) => !isLocked).map(({ delaySeconds }) => Math.round(delaySeconds))
}

/** Leaves no job and no line of the log to the next test. */
export async function forgetJobs(app: TestApp): Promise<void> {
  await app.jobsDone()
  await sql`DELETE FROM graphile_worker._private_jobs`.execute(app.platform.db)
  app.logs.length = 0
}

export type Failure = {
  level: string
  mail: string
  attempt: number
  last: boolean
  err: { message: string }
}

/** What the log says of mails that failed. */
export function failures(app: TestApp): Failure[] {
  return app.logs.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'mail failed')
}

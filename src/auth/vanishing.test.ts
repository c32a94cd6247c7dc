import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Answer, createClient } from '../../test/client.ts'
import { logIn, makePerson, OTHER_PASSWORD, signUp } from '../../test/people.ts'
import { until } from '../../test/until.ts'
import type { Tx } from '../platform/database/database.ts'

let app: TestApp

before(async () => {
  app = await startTestApp()
})
after(() => app.close())

async function somebodyWaits(): Promise<boolean> {
  const { rows } = await sql<{ waits: boolean }>`
    SELECT EXISTS (
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    ) AS waits`.execute(app.platform.db)
  return rows[0]?.waits === true
}

/** Makes a change, and commits it only once the request has run into that. */
async function whileChanging(
  change: (tx: Tx) => Promise<unknown>,
  request: () => Promise<Answer>,
): Promise<Answer> {
  return app.platform.db
    .transaction()
    .execute(async (tx) => {
      await change(tx)
      const answer = request()
      await until(somebodyWaits)
      // In an object: the transaction would wait for a bare promise.
      return { answer }
    })
    .then(({ answer }) => answer)
}

function whileDeleting(
  table: 'users' | 'pending_registrations',
  id: string,
  request: () => Promise<Answer>,
): Promise<Answer> {
  return whileChanging((tx) => tx.deleteFrom(table).where('id', '=', id).execute(), request)
}

describe('what goes in the moment in which it is asked for', () => {
  it('as an account does while somebody guesses its password, answers as one that is not there', async () => {
    const person = await signUp(app)
    const guess = () => logIn(app, { ...person, password: OTHER_PASSWORD })
    const { status, error } = await whileDeleting('users', person.id, guess)
    assert.deepEqual([status, error?.code], [401, 'invalid_credentials'])
  })

  it('as a password does while it is proved anew, proves nothing', async () => {
    const person = await signUp(app)
    const change = (tx: Tx) =>
      tx.updateTable('users').set({ password_hash: 'another' }).where('id', '=', person.id).execute()
    const prove = () =>
      person.client.post('/auth/reauthenticate', { password: person.password }, { token: person.accessToken })
    const { status, error } = await whileChanging(change, prove)
    assert.deepEqual([status, error?.code], [403, 'wrong_password'])
  })

  it('as a registration does while a new code is asked for, answers the same and mails nothing', async () => {
    const person = makePerson()
    const { data } = await createClient(app).post('/auth/register', person)
    const mails = (await app.mails(person.email)).length
    const resend = () => createClient(app).post('/auth/resend-verification', { identifier: person.email })
    const { status } = await whileDeleting('pending_registrations', data.user.id, resend)
    assert.equal(status, 200)
    assert.equal((await app.mails(person.email)).length, mails)
    assert.ok(!app.logs.some((line) => line.includes('job failed')))
  })
})

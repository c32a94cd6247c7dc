import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from './app.ts'
import { type Client, createClient } from './client.ts'
import { makePerson, type SignedUp, signUp } from './people.ts'
import { type StatementCounter, startStatementCounter } from './statement-counter.ts'

let app: TestApp
let counted: TestApp
let counter: StatementCounter

before(async () => {
  app = await startTestApp()
  counter = await startStatementCounter(app.database.url)
  counted = await startTestApp({ sharing: app, env: { DATABASE_URL: counter.url }, withoutJobs: true })
})
after(async () => {
  await counted.close()
  await counter.close()
  await app.close()
})

async function statementsOf(
  request: (client: Client, person: SignedUp) => Promise<{ status: number }>,
): Promise<number> {
  const person = await signUp(app)
  return counter.during(async () => {
    const { status } = await request(createClient(counted), person)
    assert.equal(status, 200)
  })
}

describe('one round trip to the database is all that is needed', () => {
  it('to check a session and show its user', async () => {
    const count = await statementsOf((client, { accessToken: token }) => client.get('/users/me', { token }))
    assert.equal(count, 1)
  })

  it('to check a session and list all of its user', async () => {
    const count = await statementsOf((client, { accessToken: token }) => client.get('/sessions', { token }))
    assert.equal(count, 1)
  })

  it('to refresh a session', async () => {
    const count = await statementsOf((client, { refreshToken }) =>
      client.post('/auth/refresh', { refresh_token: refreshToken }),
    )
    assert.equal(count, 1)
  })
})

describe('the statements of a request tell nothing', () => {
  it('of whether a registration still waits for the code that is asked for anew', async () => {
    const waiting = makePerson()
    await createClient(app).post('/auth/register', waiting)
    const resend = (identifier: string) =>
      statementsOf((client) => client.post('/auth/resend-verification', { identifier }))
    assert.equal(await resend(waiting.email), await resend(makePerson().email))
  })
})

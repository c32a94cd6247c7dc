import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { startTestApp, type TestApp } from './app.ts'
import { type BadRequest, badRequest } from './bad-requests.ts'
import { createClient } from './client.ts'
import { complaint } from './complaint.ts'
import { type LocatedOperation, operationsOf, readOpenApi } from './openapi.ts'
import { type SignedUp, signUp } from './people.ts'

/** One round sends one request to every operation. `BAD_INPUT_ROUNDS=2000` is the long form. */
const ROUNDS = Number(process.env.BAD_INPUT_ROUNDS ?? 60)
const SEED = Number(process.env.BAD_INPUT_SEED ?? 20_261_122)
/** What a session, or an account, may do before its limits hide what we look for. */
const USES = 200
const ENDS_SESSION = new Set(['deleteAccount', 'endSessions', 'endSession', 'logOut'])

let app: TestApp
let operations: LocatedOperation[]
let person: SignedUp
let uses = 0

before(async () => {
  app = await startTestApp()
  operations = operationsOf(readOpenApi(app.server))
  person = await signUp(app)
})

after(() => app.close())

async function send(
  operation: LocatedOperation,
  { method, path, options, signedIn }: BadRequest,
): Promise<string[]> {
  if (signedIn) uses += 1
  const token = signedIn ? { token: person.accessToken } : {}
  const answer = await createClient(app).request(method, `/${path}`, { ...options, ...token })
  const wrong = complaint(operation, answer)
  if (wrong === undefined) return []
  const shown = JSON.stringify({ method, path, ...options }).slice(0, 2_000)
  return [`${shown} was answered by ${answer.status} ${JSON.stringify(answer.body)}: ${wrong}`]
}

async function keepSomebodySignedIn(): Promise<void> {
  const { status } = await createClient(app).get('/users/me', { token: person.accessToken })
  if (status === 200 && uses < USES) return
  person = await signUp(app)
  uses = 0
}

describe('bad input', () => {
  it('is refused with a code and a sentence by every operation, and never breaks one', async () => {
    const rounds = fc.tuple(...operations.map(badRequest))
    const round = fc.asyncProperty(rounds, async (requests) => {
      const pairs = requests.flatMap((request, index) => {
        const operation = operations[index]
        return operation === undefined ? [] : [{ operation, request }]
      })
      // Who ends the session goes last, so that the others still have it.
      const isEnding = ({ operation }: (typeof pairs)[number]) => ENDS_SESSION.has(operation.operationId)
      const complaints: string[] = []
      for (const group of [
        pairs.filter((pair) => !isEnding(pair)),
        ...pairs.filter(isEnding).map((pair) => [pair]),
      ]) {
        await keepSomebodySignedIn()
        const found = await Promise.all(group.map(({ operation, request }) => send(operation, request)))
        complaints.push(...found.flat())
      }
      assert.deepEqual(complaints, [])
    })
    await fc.assert(round, { numRuns: ROUNDS, seed: SEED, endOnFailure: true })
  })
})

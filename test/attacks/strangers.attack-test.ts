import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Client, createClient } from '../client.ts'
import { makePerson, OTHER_PASSWORD, signUp } from '../people.ts'
import { told } from '../told.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'
import { measureBoth } from './measure-both.ts'

const instances = useInstances()

/** Somebody with an account and a live code. */
async function known(): Promise<string> {
  const owner = await signUp(instances.app)
  await createClient(instances.app).post('/auth/forgot-password', { identifier: owner.email })
  await instances.app.jobsDone()
  return owner.email
}

type Question = {
  name: string
  /** Until its limit is reached, and once more. */
  times: number
  ask(client: Client, email: string): ReturnType<Client['post']>
}

const question = (path: string, times: number, body: object = {}, name = path): Question => ({
  name,
  times,
  ask: (client, identifier) => client.post(`/auth/${path}`, { identifier, ...body }),
})

const verification_code = '12x456'
const QUESTIONS: Question[] = [
  {
    name: 'register',
    times: 21,
    ask: (client, email) => client.post('/auth/register', { ...makePerson(), email }),
  },
  question('login', 12, { password: OTHER_PASSWORD }),
  question('forgot-password', 21),
  question('resend-verification', 21),
  question('verify', 11, { verification_code }),
  question('reset-password', 11, { verification_code, new_password: OTHER_PASSWORD }),
  question('check-verification-code', 11, { verification_code }),
  question(
    'check-verification-code',
    11,
    { verification_code, purpose: 'verification' },
    'check-code to verify',
  ),
  question(
    'check-verification-code',
    11,
    { verification_code, purpose: 'password_reset' },
    'check-code to reset',
  ),
]

/** Nothing in the body of an answer may be of the person, so what was typed at random is taken out. */
function shape(answer: Awaited<ReturnType<Client['post']>>, email: string) {
  const username = String(answer.data?.user?.username ?? 'nobody')
  return told(answer, { email, username })
}

describe('15. somebody learns whether an address has an account', () => {
  for (const { name, times, ask } of QUESTIONS) {
    it(`by what ${name} answers: status, body, headers and limits`, async () => {
      const [taken, free] = [await known(), makePerson().email]
      const [here, there] = [createClient(instances.app), createClient(instances.app)]
      let last = 0
      for (let i = 0; i < times; i += 1) {
        const answer = shape(await ask(here, taken), taken)
        assert.deepEqual(answer, shape(await ask(there, free), free))
        last = answer.status
      }
      assert.equal(last, 429, 'its limit was reached')
      // The limit of the identifier, too, from elsewhere.
      const [else1, else2] = [createClient(instances.twin), createClient(instances.twin)]
      assert.deepEqual(shape(await ask(else1, taken), taken), shape(await ask(else2, free), free))
    })
  }

  it('by whether login hashes: where there is no account it takes no less than half as long', async () => {
    const [taken, free] = [(await signUp(instances.app)).email, makePerson().email]
    const { first, second } = await measureBoth(20, async (which) => {
      const identifier = which === 'first' ? taken : free
      const client = createClient(instances.app)
      return () => client.post('/auth/login', { identifier, password: OTHER_PASSWORD })
    })
    assert.ok(second > first / 2 && first > second / 2, `${first.toFixed(1)} and ${second.toFixed(1)} ms`)
  })

  for (const { name, ask } of QUESTIONS) {
    it(`by the time ${name} takes`, { skip: !isLong && 'takes a minute: LONG=1' }, async () => {
      const owners: string[] = []
      for (let i = 0; i < 20; i += 1) owners.push(await known())
      const strangers = owners.map(() => makePerson().email)
      let turn = 0
      const { first, second } = await measureBoth(300, async (which) => {
        // Limits would answer instead. A day later they are all open again.
        if (turn % 40 === 0) {
          instances.app.clock.advance(86_401)
          for (const identifier of owners) {
            await createClient(instances.app).post('/auth/forgot-password', { identifier })
          }
        }
        await instances.app.jobsDone()
        turn += 1
        const email = (which === 'first' ? owners : strangers)[Math.floor(turn / 2) % 20] ?? ''
        const client = createClient(instances.app)
        return () => ask(client, email)
      })
      const difference = first - second
      assert.ok(Math.abs(difference) < 2, `the medians differ by ${difference.toFixed(2)} ms`)
    })
  }
})

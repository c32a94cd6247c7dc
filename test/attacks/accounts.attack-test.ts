import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { OTHER_PASSWORD, PASSWORD } from '../people.ts'
import { type Choice, choice, type Names, pause } from './accounts/choices.ts'
import { register, verify } from './accounts/registering.ts'
import { openService, type Service } from './accounts/service.ts'
import { listSessions, logIn, readProfile, refresh } from './accounts/signing-in.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'
import { fuzzSeed } from './seed.ts'

/** Long enough that what one does meets what another did. */
const STEPS = 60
const RUNS = isLong ? 60 : 4

const instances = useInstances()

type Model = Record<string, never>
type Real = { service: Service; names: Names }
type Command = fc.AsyncCommand<Model, Real>

function command(text: string, run: (real: Real) => Promise<void>): Command {
  return { check: () => true, run: (_model, real) => run(real), toString: () => text }
}

function atOnce(choices: Choice[]): Command {
  return command(`${choices.length} at once`, ({ service, names }) =>
    service.perform(...choices.map((choose) => choose(service, names))),
  )
}

/** Every token does what it should, and the dead ones nothing; everybody sees their own, and gets in. */
async function lookAround({ service }: Real): Promise<void> {
  const { users, ended } = service.world
  for (const { pairs } of users.flatMap(({ sessions }) => sessions)) {
    for (const { access } of pairs.slice(-2)) await service.perform(readProfile(access))
  }
  for (const { pairs } of ended.slice(-8)) {
    for (const pair of pairs.slice(-1)) {
      await service.perform(readProfile(pair.access), refresh(pair.refresh), listSessions(pair.access))
    }
  }
  for (const { username, password } of users) await service.perform(logIn(username, password))
  for (const { sessions } of service.world.users) {
    for (const { pairs } of sessions.slice(-1))
      await service.perform(listSessions(pairs.at(-1)?.access ?? ''))
  }
}

const signUpTwo = command('two sign up', async ({ service, names }) => {
  for (const [index, password] of [PASSWORD, OTHER_PASSWORD].entries()) {
    const [email = '', username = ''] = [names.emails[index], names.usernames[index]]
    await service.perform(register({ email, username, password }))
    await service.perform(verify(email, service.digits.at(-1) ?? ''))
  }
})

function again(choose: Choice, times: number): Command {
  return command(`the same ${times} times`, async ({ service, names }) => {
    const action = choose(service, names)
    for (let time = 0; time < times; time += 1) await service.perform(action)
  })
}

const single = choice.map((one) => atOnce([one]))
const several = fc.array(choice, { minLength: 2, maxLength: 3 }).map(atOnce)
const same = choice.map((one) =>
  command('the same three times at once', ({ service, names }) => {
    const action = one(service, names)
    return service.perform(action, action, action)
  }),
)
const repeated = choice.map((one) => again(one, 6))
const wait = pause.map((until) =>
  command('some time passes', async ({ service }) => service.advance(until(service.world))),
)
const look = fc.constant(command('look around', lookAround))

async function check(t: TestContext, kinds: fc.Arbitrary<Command>[]): Promise<void> {
  const seed = fuzzSeed()
  t.diagnostic(`SEED=${seed}`)
  const setup = async () => {
    const tag = randomBytes(5).toString('hex')
    const names = {
      emails: ['a', 'b', 'c'].map((letter) => `${letter}-${tag}@example.com`),
      usernames: ['Ann', 'bea', 'Cy'].map((name) => `${name}-${tag}`),
    }
    return { model: {}, real: { service: openService(instances), names } }
  }

  const property = fc.asyncProperty(
    fc.array(fc.oneof(...kinds), { minLength: STEPS, maxLength: STEPS }),
    async (commands) => {
      await fc.asyncModelRun(setup, [signUpTwo, ...commands, command('look around', lookAround)])
    },
  )
  await fc.assert(property, { numRuns: RUNS, seed, endOnFailure: true })
}

describe('the life of an account', () => {
  it('is what a simple model says, whatever is done one after another', async (t) => {
    const kinds = [...new Array(20).fill(single), repeated, wait, wait, wait, look]
    await check(t, kinds)
  })

  it('is what some order of events explains, where several are at it at once', async (t) => {
    const kinds = [...new Array(6).fill(single), ...new Array(6).fill(several), same, same, wait, wait, look]
    await check(t, kinds)
  })
})

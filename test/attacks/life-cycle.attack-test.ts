import { describe, it } from 'node:test'
import fc from 'fast-check'
import { logIn, signUp } from '../people.ts'
import { accountCommands } from './account-commands.ts'
import { beginSession, type Model, unknownAccount } from './account-model.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'

/** Shown by a failure; `SEED=…` repeats it. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const RUNS = isLong ? 500 : 25
const COMMANDS = 60

const instances = useInstances()

/** An account with so many sessions; with none nobody has registered yet. */
async function accountWith(sessions: number): Promise<Model> {
  const model = unknownAccount()
  if (sessions === 0) return model
  const { app } = instances
  const { answer } = await signUp(app, model.person)
  model.state = 'user'
  beginSession(model, answer.data)
  for (let i = 1; i < sessions; i += 1) {
    app.clock.advance(1)
    beginSession(model, (await logIn(app, model.person)).data)
  }
  return model
}

describe('whatever somebody does with an account, in whatever order', () => {
  it('every token opens what the rules say, at both instances, and nothing else', async (t) => {
    const done = new Map<string, number>()
    const lives = fc.commands(accountCommands, { maxCommands: COMMANDS, size: 'max' })
    const life = fc.asyncProperty(fc.integer({ min: 0, max: 4 }), lives, async (signedIn, commands) => {
      const real = { apps: [instances.app, instances.twin], done }
      const begin = async () => ({ model: await accountWith(signedIn), real })
      await fc.asyncModelRun(begin, commands)
    })
    await fc.assert(life, { numRuns: RUNS, seed: SEED })
    t.diagnostic([...done].map(([name, count]) => `${name} ${count}`).join(', '))
  })
})

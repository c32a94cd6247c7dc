import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mail } from '../../../src/platform/mail/mailer.ts'
import { mailboxFolder } from '../../../src/platform/mail/open-mailer.ts'
import { createClient } from '../../client.ts'
import type { Instances } from '../instances.ts'
import { type Action, outcomeOf } from './action.ts'
import { explain } from './explain.ts'
import { type Code, codesOf, emptyWorld, noteMail, type World } from './world.ts'

/**
 * Two real instances, and in which worlds they can be after all that they answered. There is more than one where it
 * is open what came first.
 */
export type Service = {
  /** One of the worlds. */
  readonly world: World
  /** All codes that were ever mailed. */
  readonly digits: string[]
  /**
   * Does all of these at once, over both instances; nothing where it is open what was before.
   * @throws where no order of theirs explains the answers
   */
  perform(...actions: Action[]): Promise<void>
  advance(seconds: number): void
}

/** So many that little is certain any more: no more is done. */
const TOO_MANY = 12

/** The digits of a code's mail; nothing where none came, or it cannot be told from another. */
function digitsOf({ to, subject, mentions }: Code, post: Mail[]): string | undefined {
  const fitting = post.filter(
    (mail) => mail.to === to && mail.subject === subject && mail.text.includes(mentions),
  )
  return fitting.length === 1 ? /^\d{6}$/m.exec(fitting[0]?.text ?? '')?.[0] : undefined
}

export function openService({ app, twin }: Instances): Service {
  let worlds = [emptyWorld(app.clock.now().getTime() / 1000)]
  const folder = mailboxFolder(app.config)
  const seen = new Set<string>()
  const digits: string[] = []
  const done: string[] = []
  let serial = 0
  const current = (): World => {
    const [world] = worlds
    assert.ok(world)
    return world
  }
  /** Only what has come since: to read the whole mailbox takes ever longer. */
  const newPost = async (): Promise<Mail[]> => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && !seen.has(name))
    for (const name of names) seen.add(name)
    return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))))
  }
  /** Nothing moves on before all mails of now were sent: their time counts. */
  const readPost = async () => {
    const queued = worlds.flatMap((world) => codesOf(world).filter(({ isQueued }) => isQueued))
    if (queued.length === 0) return
    const post = await newPost()
    for (const code of queued) {
      noteMail(code, digitsOf(code, post))
      if (code.digits !== undefined && !digits.includes(code.digits)) digits.push(code.digits)
    }
  }
  const move = (seconds: number) => {
    app.clock.advance(seconds)
    for (const world of worlds) world.now += seconds
  }
  return {
    get world() {
      return current()
    },
    digits,
    advance(seconds) {
      move(seconds)
      done.push(`${seconds} seconds passed`)
    },
    async perform(...actions) {
      if (worlds.length > TOO_MANY) return
      // So that nothing that is done one after another has the same time.
      move(1)
      const answers = await Promise.all(
        actions.map(async (action, index) => ({
          action,
          answer: await action.send(createClient(index % 2 === 0 ? app : twin)),
        })),
      )
      await app.jobsDone()
      done.push(answers.map(({ action, answer }) => `${action.text}: ${outcomeOf(answer)}`).join(' | '))
      const { worlds: possible, doubts } = explain(worlds, answers, serial)
      const told = [...doubts].join('\n')
      assert.ok(possible.length > 0, `No order explains the answers.\n${told}\nDone:\n${done.join('\n')}`)
      worlds = possible
      serial += actions.length
      await readPost()
    },
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, createClient } from '../client.ts'
import { administer } from '../database.ts'
import { makePerson, type SignedUp, signUp } from '../people.ts'
import type { Service } from './service.ts'

/** What one user did, and so what the database must say of it. */
type Actor = {
  person: SignedUp
  refreshToken: string
  /** The generation of the newest pair that came back, and whether a later refresh got no answer. */
  generation: number
  refreshInDoubt: boolean
  /** Its name; more than one where changes got no answer since the last that did. */
  names: string[]
  /** Sessions that were acknowledged as begun, or as ended; what got no answer is in neither. */
  begun: Set<string>
  ended: Set<string>
  /** Addresses whose registration was acknowledged. */
  registered: string[]
}

/** Users that write all the time, and remember what was acknowledged. */
export type Load = {
  /** How often each outcome was met: a status, or `none` where the connection broke. */
  outcomes: Map<string, number>
  /** Answers that no failure of a part excuses. */
  unexpected: string[]
  /** How many requests were answered with success so far. */
  acknowledged(): number
  /** The outcomes, and how long the slowest answer took, for people. */
  describe(): string
  stop(): Promise<void>
  /**
   * What was acknowledged and is not there, or is there twice.
   * @param fewestMails how many of a registration there are at least; none where its code may have expired by then
   */
  lost(fewestMails?: 0 | 1): Promise<string[]>
}

export type LoadOptions = {
  users?: number
  /** How often each user looks at something between two writes. */
  reads?: number
  /** Waits until another request may begin. */
  turn?: () => Promise<void>
  /** Outcomes that are no surprise, beside what was asked for. */
  expected?: RegExp
}

function claims(token: string): { gen: number; sid: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function makeActor(person: SignedUp): Actor {
  const { sid } = claims(person.refreshToken)
  return {
    person,
    refreshToken: person.refreshToken,
    generation: 0,
    refreshInDoubt: false,
    names: [person.name],
    begun: new Set([sid]),
    ended: new Set(),
    registered: [],
  }
}

type Send = (method: string, path: string, body?: unknown, token?: string) => Promise<Answer | undefined>

async function refresh(actor: Actor, send: Send): Promise<void> {
  const answer = await send('POST', '/auth/refresh', { refresh_token: actor.refreshToken })
  actor.refreshInDoubt = answer === undefined
  if (answer === undefined) return
  actor.refreshToken = answer.data.refresh_token
  actor.generation = claims(actor.refreshToken).gen
  actor.person.accessToken = answer.data.access_token
}

async function rename(actor: Actor, send: Send, round: number): Promise<void> {
  const name = `Name ${round}`
  const answer = await send('PUT', '/users/me', { name }, actor.person.accessToken)
  if (answer === undefined) actor.names.push(name)
  else actor.names = [name]
}

async function look({ person }: Actor, send: Send, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await send('GET', n % 3 === 2 ? '/sessions' : '/users/me', undefined, person.accessToken)
  }
}

async function signInAndOut(actor: Actor, send: Send): Promise<void> {
  const { email, password } = actor.person
  const answer = await send('POST', '/auth/login', { identifier: email, password })
  if (answer === undefined) return
  const token: string = answer.data.refresh_token
  const { sid } = claims(token)
  actor.begun.add(sid)
  const out = await send('POST', '/auth/logout', { refresh_token: token })
  actor.begun.delete(sid)
  if (out !== undefined) actor.ended.add(sid)
}

async function registerSomebody(actor: Actor, send: Send): Promise<void> {
  const person = makePerson()
  const answer = await send('POST', '/auth/register', person)
  if (answer !== undefined) actor.registered.push(person.email)
}

async function facts(
  url: string,
  actor: Actor,
): Promise<{ generation: number; name: string; ids: string[] }> {
  const { id, refreshToken } = actor.person
  const { rows } = await administer(
    url,
    `SELECT u.name, (SELECT generation FROM sessions WHERE id = '${claims(refreshToken).sid}') AS generation,
       ARRAY(SELECT id::text FROM sessions s WHERE s.user_id = u.id) AS ids
     FROM users u WHERE u.id = '${id}'`,
  )
  return rows[0]
}

async function differences(service: Service, actor: Actor, fewestMails: 0 | 1): Promise<string[]> {
  const { generation, name, ids } = await facts(service.databaseUrl, actor)
  const who = actor.person.username
  const found: string[] = []
  const most = actor.generation + (actor.refreshInDoubt ? 1 : 0)
  if (generation < actor.generation || generation > most) {
    found.push(`${who}: generation ${generation}, acknowledged ${actor.generation}`)
  }
  if (!actor.names.includes(name)) found.push(`${who}: named ${name}, acknowledged ${actor.names}`)
  for (const id of actor.begun) if (!ids.includes(id)) found.push(`${who}: session ${id} is lost`)
  for (const id of actor.ended) if (ids.includes(id)) found.push(`${who}: session ${id} lives again`)
  for (const email of actor.registered) {
    const mails = new Set((await service.mails(email)).map((mail) => mail.id))
    if (mails.size < fewestMails || mails.size > 1)
      found.push(`${email}: ${mails.size} mails after one registration`)
  }
  return found
}

/** Starts users over HTTP, each with one request at a time, until it is stopped. */
export async function startLoad(
  service: Service,
  { users = 6, reads = 0, turn = async () => {}, expected = /^503$/ }: LoadOptions = {},
): Promise<Load> {
  const outcomes = new Map<string, number>()
  const unexpected: string[] = []
  let acknowledged = 0
  let slowestMs = 0
  let stopping = false
  const send: Send = async (method, path, body, token) => {
    await turn()
    const client = createClient(service)
    const sent = { ...(body === undefined ? {} : { body }), ...(token === undefined ? {} : { token }) }
    const begun = performance.now()
    const answer = await client.request(method, path, sent).catch(() => undefined)
    slowestMs = Math.max(slowestMs, performance.now() - begun)
    const outcome = String(answer?.status ?? 'none')
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    if (answer !== undefined && answer.status < 300) {
      acknowledged += 1
      return answer
    }
    if (!expected.test(outcome)) unexpected.push(`${method} ${path}: ${outcome} ${answer?.error?.code}`)
    // Who is told that something is away tries again a little later.
    await delay(50)
    return undefined
  }
  const live = async (actor: Actor): Promise<void> => {
    for (let round = 0; !stopping; round += 1) {
      await refresh(actor, send)
      await look(actor, send, reads)
      await rename(actor, send, round)
      await signInAndOut(actor, send)
      if (round % 4 === 0) await registerSomebody(actor, send)
    }
  }
  const actors: Actor[] = []
  for (let n = 0; n < users; n += 1) actors.push(makeActor(await signUp(service)))
  const lives = Promise.all(actors.map(live))
  return {
    outcomes,
    unexpected,
    acknowledged: () => acknowledged,
    describe: () =>
      `outcomes ${JSON.stringify(Object.fromEntries(outcomes))}, slowest ${Math.round(slowestMs)} ms`,
    async stop() {
      stopping = true
      await lives
    },
    async lost(fewestMails = 1) {
      const found = await Promise.all(actors.map((actor) => differences(service, actor, fewestMails)))
      return found.flat()
    },
  }
}

import { randomUUID } from 'node:crypto'
import type { TestApp } from './app.ts'
import { type Answer, type Client, createClient } from './client.ts'

export const PASSWORD = 'violet-tangent-9-harbour'
export const OTHER_PASSWORD = 'copper-lantern-4-orchard'

/** Whatever serves the API and shows its mails: an application in this process, or real programs. */
type Served = Pick<TestApp, 'url' | 'mails'>

export type Person = { name: string; email: string; username: string; password: string }

/** Somebody whom no other test knows. */
export function makePerson(changes: Partial<Person> = {}): Person {
  const tag = randomUUID().slice(0, 13)
  return {
    name: 'Ada Byron',
    email: `ada-${tag}@example.com`,
    username: `ada-${tag}`,
    password: PASSWORD,
    ...changes,
  }
}

/** The six digits of the newest mail to an address, once all jobs are done; an empty text where there is none. */
export async function readCode(app: Served, to: string): Promise<string> {
  for (const mail of await app.mails(to)) {
    const code = /^\d{6}$/m.exec(mail.text)?.[0]
    if (code !== undefined) return code
  }
  return ''
}

/** How many mails with such a subject an address got, once all jobs are done. */
export async function countMails(app: Served, to: string, subject: RegExp): Promise<number> {
  const mails = await app.mails(to)
  return mails.filter((mail) => subject.test(mail.subject)).length
}

/** Six digits that are not these. */
export function wrongCode(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0')
}

export type SignedUp = Person & {
  id: string
  accessToken: string
  refreshToken: string
  client: Client
  /** The answer that verified the account. */
  answer: Answer
}

/** Registers somebody and verifies the code from the mail, over HTTP. */
export async function signUp(
  app: Served,
  changes: Partial<Person> = {},
  client: Client = createClient(app),
): Promise<SignedUp> {
  const person = makePerson(changes)
  const { data } = await client.post('/auth/register', person)
  const code = await readCode(app, person.email)
  const answer = await client.post('/auth/verify', { identifier: data.user.id, verification_code: code })
  return {
    ...person,
    id: data.user.id,
    accessToken: answer.data.access_token,
    refreshToken: answer.data.refresh_token,
    client,
    answer,
  }
}

/** Signs somebody in again, by default from an address of its own. */
export function logIn(app: Served, person: Person, client: Client = createClient(app)): Promise<Answer> {
  return client.post('/auth/login', { identifier: person.email, password: person.password })
}

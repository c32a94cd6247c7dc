import assert from 'node:assert/strict'
import { type Answer, createClient } from '../client.ts'
import { administer } from '../database.ts'
import { makePerson, OTHER_PASSWORD, readCode, type SignedUp, signUp } from '../people.ts'
import type { Service } from './service.ts'

/** A call that is ready to be made, and what it does: all of these, or none. */
export type Prepared = { call(): Promise<Answer>; effects(): Promise<boolean[]> }

/** A route that writes. `prepare` makes all that the call needs, with a user of its own. */
export type WritingRoute = { name: string; prepare(service: Service): Promise<Prepared> }

async function holds(service: Service, condition: string): Promise<boolean> {
  const { rows } = await administer(service.databaseUrl, `SELECT (${condition}) AS holds`)
  return rows[0]?.holds === true
}

/** Asks for each of the conditions, and whether so many mails came to an address. */
function effectsOf(service: Service, conditions: string[], mails?: { to: string; count: number }) {
  return async (): Promise<boolean[]> => {
    const mailed = mails === undefined ? [] : [(await service.mails(mails.to)).length >= mails.count]
    const held = await Promise.all(conditions.map((condition) => holds(service, condition)))
    return [...held, ...mailed]
  }
}

function event(userId: string, name: string): string {
  return `EXISTS (SELECT FROM account_events WHERE user_id = '${userId}' AND event = '${name}' AND outcome = 'success')`
}

function sessions(userId: string, count: number): string {
  return `(SELECT count(*) FROM sessions WHERE user_id = '${userId}') = ${count}`
}

function user(id: string, condition: string): string {
  return `EXISTS (SELECT FROM users WHERE id = '${id}' AND ${condition})`
}

async function registered(service: Service) {
  const client = createClient(service)
  const person = makePerson()
  const { data } = await client.post('/auth/register', person)
  const id: string = data.user.id
  return { client, person, id, code: await readCode(service, person.email) }
}

/** Somebody signed in, with a second session, and the call that asks something of them. */
async function signedIn(service: Service) {
  const person = await signUp(service)
  const options = { token: person.accessToken }
  return { person, options, client: person.client }
}

async function secondSession(service: Service, { email, password }: SignedUp): Promise<string> {
  const { data } = await createClient(service).post('/auth/login', { identifier: email, password })
  return JSON.parse(Buffer.from(data.refresh_token.split('.')[1], 'base64url').toString()).sid
}

async function passwordHash(service: Service, id: string): Promise<string> {
  const { rows } = await administer(service.databaseUrl, `SELECT password_hash FROM users WHERE id = '${id}'`)
  return rows[0].password_hash
}

const AUTH: WritingRoute[] = [
  {
    name: 'POST /auth/register',
    async prepare(service) {
      const person = makePerson()
      const row = `pending_registrations r WHERE r.email = '${person.email}'`
      const code = `EXISTS (SELECT FROM one_time_codes c JOIN ${row.replace('WHERE', 'ON r.id = c.registration_id WHERE')})`
      return {
        call: () => createClient(service).post('/auth/register', person),
        effects: effectsOf(service, [`EXISTS (SELECT FROM ${row})`, code], { to: person.email, count: 1 }),
      }
    },
  },
  {
    name: 'POST /auth/verify',
    async prepare(service) {
      const { client, id, code, person } = await registered(service)
      const who = `(SELECT id FROM users WHERE email = '${person.email}')`
      const conditions = [
        `EXISTS ${who}`,
        `NOT EXISTS (SELECT FROM pending_registrations WHERE id = '${id}')`,
        `EXISTS (SELECT FROM sessions WHERE user_id = ${who})`,
        `EXISTS (SELECT FROM account_events WHERE user_id = ${who} AND event = 'account_created')`,
      ]
      return {
        call: () => client.post('/auth/verify', { identifier: id, verification_code: code }),
        effects: effectsOf(service, conditions, { to: person.email, count: 2 }),
      }
    },
  },
  {
    name: 'POST /auth/resend-verification',
    async prepare(service) {
      const { client, id, person } = await registered(service)
      const own = `FROM one_time_codes WHERE registration_id = '${id}'`
      const { rows } = await administer(service.databaseUrl, `SELECT id ${own}`)
      return {
        call: () => client.post('/auth/resend-verification', { identifier: id }),
        effects: effectsOf(service, [`(SELECT id ${own}) <> '${rows[0].id}'`], {
          to: person.email,
          count: 2,
        }),
      }
    },
  },
  {
    name: 'POST /auth/check-verification-code',
    async prepare(service) {
      const { client, id, code } = await registered(service)
      const attempts = `(SELECT attempts FROM one_time_codes WHERE registration_id = '${id}') = 1`
      return {
        call: () => client.post('/auth/check-verification-code', { identifier: id, verification_code: code }),
        effects: effectsOf(service, [attempts]),
      }
    },
  },
  {
    name: 'POST /auth/login',
    async prepare(service) {
      const { id, email, password } = await signUp(service)
      return {
        call: () => createClient(service).post('/auth/login', { identifier: email, password }),
        effects: effectsOf(service, [sessions(id, 2), event(id, 'login')]),
      }
    },
  },
  {
    name: 'POST /auth/forgot-password',
    async prepare(service) {
      const { id, email } = await signUp(service)
      const code = `EXISTS (SELECT FROM one_time_codes WHERE user_id = '${id}')`
      const conditions = [code, event(id, 'password_reset_requested')]
      return {
        call: () => createClient(service).post('/auth/forgot-password', { identifier: email }),
        effects: effectsOf(service, conditions, { to: email, count: 3 }),
      }
    },
  },
  {
    name: 'POST /auth/reset-password',
    async prepare(service) {
      const { id, email, client } = await signUp(service)
      await client.post('/auth/forgot-password', { identifier: email })
      const code = await readCode(service, email)
      const conditions = [
        user(id, `password_hash <> '${await passwordHash(service, id)}'`),
        sessions(id, 0),
        `NOT EXISTS (SELECT FROM one_time_codes WHERE user_id = '${id}')`,
        event(id, 'password_reset'),
      ]
      const body = { identifier: email, verification_code: code, new_password: OTHER_PASSWORD }
      return {
        call: () => client.post('/auth/reset-password', body),
        effects: effectsOf(service, conditions, { to: email, count: 4 }),
      }
    },
  },
  {
    name: 'POST /auth/refresh',
    async prepare(service) {
      const { id, client, refreshToken } = await signUp(service)
      const rotated = `(SELECT generation FROM sessions WHERE user_id = '${id}') = 1`
      return {
        call: () => client.post('/auth/refresh', { refresh_token: refreshToken }),
        effects: effectsOf(service, [rotated]),
      }
    },
  },
  {
    name: 'POST /auth/logout',
    async prepare(service) {
      const { id, client, refreshToken } = await signUp(service)
      return {
        call: () => client.post('/auth/logout', { refresh_token: refreshToken }),
        effects: effectsOf(service, [sessions(id, 0), event(id, 'logout')]),
      }
    },
  },
  {
    name: 'POST /auth/reauthenticate',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      const confirmed = `EXISTS (SELECT FROM sessions WHERE user_id = '${person.id}' AND authenticated_at > created_at)`
      return {
        call: () => client.post('/auth/reauthenticate', { password: person.password }, options),
        effects: effectsOf(service, [confirmed, event(person.id, 'reauthentication')]),
      }
    },
  },
]

const USERS: WritingRoute[] = [
  {
    name: 'PUT /users/me',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      return {
        call: () => client.put('/users/me', { name: 'Grace', phone: '123456' }, options),
        effects: effectsOf(service, [
          user(person.id, "name = 'Grace' AND phone = '123456'"),
          event(person.id, 'profile_updated'),
        ]),
      }
    },
  },
  {
    name: 'PUT /users/me with an address',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      const { email } = makePerson()
      const conditions = [
        user(person.id, `pending_email = '${email}'`),
        `EXISTS (SELECT FROM one_time_codes WHERE new_email = '${email}')`,
        event(person.id, 'email_change_requested'),
      ]
      return {
        call: () => client.put('/users/me', { email }, options),
        effects: effectsOf(service, conditions, { to: email, count: 1 }),
      }
    },
  },
  {
    name: 'POST /users/me/verify-email',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      const { email } = makePerson()
      await client.put('/users/me', { email }, options)
      const verification_code = await readCode(service, email)
      const conditions = [
        user(person.id, `email = '${email}' AND pending_email IS NULL`),
        `NOT EXISTS (SELECT FROM one_time_codes WHERE user_id = '${person.id}')`,
        event(person.id, 'email_changed'),
      ]
      return {
        call: () => client.post('/users/me/verify-email', { verification_code }, options),
        effects: effectsOf(service, conditions, { to: person.email, count: 3 }),
      }
    },
  },
  {
    name: 'PUT /users/me/password',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      await secondSession(service, person)
      const before = (await service.mails(person.email)).length
      const body = { current_password: person.password, new_password: OTHER_PASSWORD }
      const conditions = [
        user(person.id, `password_hash <> '${await passwordHash(service, person.id)}'`),
        sessions(person.id, 1),
        event(person.id, 'password_changed'),
      ]
      return {
        call: () => client.put('/users/me/password', body, options),
        effects: effectsOf(service, conditions, { to: person.email, count: before + 1 }),
      }
    },
  },
  {
    name: 'DELETE /users/me',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      const deleted = `(SELECT count(*) FROM account_events WHERE event = 'account_deleted')`
      const { rows } = await administer(service.databaseUrl, `SELECT ${deleted}::int AS n`)
      return {
        call: () => client.delete('/users/me', options),
        effects: effectsOf(service, [
          `NOT ${user(person.id, 'true')}`,
          sessions(person.id, 0),
          `${deleted} = ${rows[0].n + 1}`,
        ]),
      }
    },
  },
]

const SESSIONS: WritingRoute[] = [
  {
    name: 'DELETE /sessions/{session_id}',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      const other = await secondSession(service, person)
      return {
        call: () => client.delete(`/sessions/${other}`, options),
        effects: effectsOf(service, [sessions(person.id, 1), event(person.id, 'session_revoked')]),
      }
    },
  },
  {
    name: 'DELETE /sessions',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      await secondSession(service, person)
      return {
        call: () => client.delete('/sessions', options),
        effects: effectsOf(service, [sessions(person.id, 0), event(person.id, 'all_sessions_revoked')]),
      }
    },
  },
  {
    name: 'POST /sessions/cleanup',
    async prepare(service) {
      const { person, options, client } = await signedIn(service)
      const other = await secondSession(service, person)
      const expired = `UPDATE sessions SET expires_at = now() WHERE id = '${other}'`
      await administer(service.databaseUrl, expired)
      return {
        call: () => client.post('/sessions/cleanup', undefined, options),
        effects: effectsOf(service, [sessions(person.id, 1)]),
      }
    },
  },
]

export const WRITING_ROUTES = [...AUTH, ...USERS, ...SESSIONS]

/** Fails where a call happened by half, or was acknowledged and did not happen. */
export async function assertWhole(
  effects: Prepared['effects'],
  acknowledged: boolean,
  where: string,
): Promise<void> {
  const done = await effects()
  assert.equal(new Set(done).size, 1, `${where}: half of it happened: ${done}`)
  assert.ok(!acknowledged || done[0], `${where}: it was acknowledged and did not happen`)
}

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { type RawBuilder, sql } from 'kysely'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../test/database.ts'
import { describeSchema } from '../test/describe-schema.ts'
import { down, up } from './0001-accounts.ts'

const NOW = '2026-11-22T09:00:00Z'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

function run(statement: RawBuilder<unknown>) {
  return statement.execute(database.db)
}

function row(table: string, values: Record<string, unknown>) {
  const columns = sql.join(Object.keys(values).map((column) => sql.ref(column)))
  return run(sql`INSERT INTO ${sql.table(table)} (${columns}) VALUES (${sql.join(Object.values(values))})`)
}

async function addUser(changes: Record<string, unknown> = {}): Promise<string> {
  const id = randomUUID()
  const tag = id.slice(0, 13)
  await row('users', {
    id,
    name: 'Ada Byron',
    email: `${tag}@example.com`,
    username: tag,
    password_hash: 'hash',
    created_at: NOW,
    updated_at: NOW,
    ...changes,
  })
  return id
}

async function addRegistration(): Promise<string> {
  const id = randomUUID()
  const words = { name: 'Ada', email: 'ada@example.com', username: 'ada', password_hash: 'hash' }
  await row('pending_registrations', { id, ...words, created_at: NOW, expires_at: NOW })
  return id
}

function addCode(subject: Record<string, unknown>) {
  const code = { id: randomUUID(), key_id: '01234567', created_at: NOW, expires_at: NOW }
  return row('one_time_codes', { ...code, ...subject })
}

function addEvent(userId: string | null, changes: Record<string, unknown> = {}) {
  const event = { id: randomUUID(), user_id: userId, event: 'login', outcome: 'success', created_at: NOW }
  return row('account_events', { ...event, ...changes })
}

async function count(table: string, userId: string): Promise<number> {
  const { rows } = await run(sql`SELECT FROM ${sql.table(table)} WHERE user_id = ${userId}`)
  return rows.length
}

async function refusedBy(constraint: string, statement: Promise<unknown>): Promise<void> {
  await assert.rejects(statement, { constraint })
}

describe('users', () => {
  it('have one e-mail each, and one username whatever its case', async () => {
    await addUser({ email: 'grace@example.com', username: 'Grace' })
    await refusedBy('users_email_unique', addUser({ email: 'grace@example.com' }))
    await refusedBy('users_username_unique', addUser({ username: 'gRACE' }))
  })

  it('cannot hold a name, e-mail, username or phone of another form', async () => {
    await refusedBy('users_name_length', addUser({ name: '' }))
    await refusedBy('users_name_length', addUser({ name: 'n'.repeat(51) }))
    await refusedBy('users_email_length', addUser({ email: `${'e'.repeat(243)}@example.com` }))
    for (const username of ['ab', 'u'.repeat(51), 'a b c', 'ada@home', 'adá']) {
      await refusedBy('users_username_form', addUser({ username }))
    }
    for (const phone of ['123', '+12 34567', '1'.repeat(16), '12a45', '']) {
      await refusedBy('users_phone_form', addUser({ phone }))
    }
    await addUser({ phone: '+4915112345678', country_code: 49, name: 'n'.repeat(50) })
    await addUser({ phone: '1234' })
  })

  it('have a pending e-mail and its end together, or neither', async () => {
    await refusedBy('users_pending_email_whole', addUser({ pending_email: 'new@example.com' }))
    await refusedBy('users_pending_email_whole', addUser({ pending_email_expires_at: NOW }))
    const pending_email = `${'e'.repeat(243)}@example.com`
    await refusedBy('users_pending_email_length', addUser({ pending_email, pending_email_expires_at: NOW }))
    await addUser({ pending_email: 'new@example.com', pending_email_expires_at: NOW })
  })

  it('take all that belongs to them along when they go', async () => {
    const user_id = await addUser()
    const times = { created_at: NOW, rotated_at: NOW, authenticated_at: NOW, expires_at: NOW }
    await row('sessions', { id: randomUUID(), user_id, ...times, user_agent: 'curl', ip_address: '10.0.0.1' })
    await row('known_addresses', { user_id, address_key: '10.0.0.1', last_sign_in_at: NOW })
    await addCode({ purpose: 'password_reset', user_id })
    await addEvent(user_id)
    const tables = ['sessions', 'known_addresses', 'one_time_codes', 'account_events']
    for (const table of tables) assert.equal(await count(table, user_id), 1, table)
    await run(sql`DELETE FROM users WHERE id = ${user_id}`)
    for (const table of tables) assert.equal(await count(table, user_id), 0, table)
  })
})

describe('what belongs to a user', () => {
  it('cannot be written for one that does not exist', async () => {
    const user_id = randomUUID()
    const times = { created_at: NOW, rotated_at: NOW, authenticated_at: NOW, expires_at: NOW }
    const session = { id: randomUUID(), user_id, ...times, user_agent: 'curl', ip_address: '10.0.0.1' }
    await refusedBy('sessions_user', row('sessions', session))
    const known = { user_id, address_key: '10.0.0.1', last_sign_in_at: NOW }
    await refusedBy('known_addresses_user', row('known_addresses', known))
    await refusedBy('one_time_codes_user', addCode({ purpose: 'password_reset', user_id }))
    await refusedBy('account_events_user', addEvent(user_id))
  })
})

describe('one-time codes', () => {
  it('belong to a registration or to a user, as their purpose says', async () => {
    const user_id = await addUser()
    const registration_id = await addRegistration()
    const constraint = 'one_time_codes_one_subject'
    await refusedBy(constraint, addCode({ purpose: 'verification' }))
    await refusedBy(constraint, addCode({ purpose: 'verification', user_id }))
    await refusedBy(constraint, addCode({ purpose: 'verification', user_id, registration_id }))
    await refusedBy(constraint, addCode({ purpose: 'password_reset' }))
    await refusedBy(constraint, addCode({ purpose: 'password_reset', registration_id }))
    await refusedBy('one_time_codes_purpose', addCode({ purpose: 'other', user_id }))
  })

  it('name an address where they change one, and only there', async () => {
    const user_id = await addUser()
    const constraint = 'one_time_codes_new_email'
    await refusedBy(constraint, addCode({ purpose: 'email_change', user_id }))
    await refusedBy(constraint, addCode({ purpose: 'password_reset', user_id, new_email: 'a@example.com' }))
  })

  it('are one for each registration, and one for each user and purpose', async () => {
    const registration_id = await addRegistration()
    await addCode({ purpose: 'verification', registration_id })
    await refusedBy(
      'one_time_codes_one_per_registration',
      addCode({ purpose: 'verification', registration_id }),
    )
    const user_id = await addUser()
    await addCode({ purpose: 'password_reset', user_id })
    await addCode({ purpose: 'email_change', user_id, new_email: 'a@example.com' })
    await refusedBy('one_time_codes_one_per_user', addCode({ purpose: 'password_reset', user_id }))
  })

  it('go with their registration', async () => {
    const registration_id = await addRegistration()
    await addCode({ purpose: 'verification', registration_id })
    await run(sql`DELETE FROM pending_registrations WHERE id = ${registration_id}`)
    const { rows } = await run(sql`SELECT FROM one_time_codes WHERE registration_id = ${registration_id}`)
    assert.equal(rows.length, 0)
  })
})

describe('account events', () => {
  it('cannot be changed, only added and removed', async () => {
    const userId = await addUser()
    await addEvent(userId)
    await assert.rejects(
      run(sql`UPDATE account_events SET outcome = 'failure' WHERE user_id = ${userId}`),
      /append-only/,
    )
    await run(sql`DELETE FROM account_events WHERE user_id = ${userId}`)
  })

  it('succeed or fail, and may belong to nobody', async () => {
    await refusedBy('account_events_outcome', addEvent(null, { outcome: 'perhaps' }))
    await addEvent(null, { event: 'account_deleted' })
  })
})

describe('the migration', () => {
  it('leaves nothing when it is taken back, and makes the same schema again', async (t) => {
    const empty = await createEmptyDatabase()
    t.after(() => empty.drop())
    await up(empty.db)
    const made = await describeSchema(empty)
    assert.ok(made.length > 100)
    await down(empty.db)
    assert.deepEqual(await describeSchema(empty), [])
    await up(empty.db)
    assert.deepEqual(await describeSchema(empty), made)
  })
})

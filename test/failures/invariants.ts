import assert from 'node:assert/strict'
import pg from 'pg'
import { waitForJobs } from './service.ts'

/** What must hold in the database whatever has happened. A statement finds the rows that break its rule. */
const INVARIANTS: Record<string, string> = {
  'a session belongs to a user':
    'SELECT id FROM sessions s WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = s.user_id)',
  'a generation is not below zero': 'SELECT id FROM sessions WHERE generation < 0',
  'a session does not live beyond 30 days':
    "SELECT id FROM sessions WHERE expires_at > created_at + interval '30 days'",
  'a session that was never refreshed was never rotated':
    'SELECT id FROM sessions WHERE generation = 0 AND rotated_at <> created_at',
  'a session has a sign-in in the trail': `
    SELECT s.id FROM sessions s WHERE NOT EXISTS (SELECT FROM account_events e WHERE e.user_id = s.user_id
      AND e.event IN ('login', 'account_created') AND e.outcome = 'success')`,
  'a user has been created once': `
    SELECT u.id FROM users u LEFT JOIN account_events e ON e.user_id = u.id AND e.event = 'account_created'
    GROUP BY u.id HAVING count(e.id) <> 1`,
  'an address is canonical': 'SELECT id FROM users WHERE email <> lower(normalize(btrim(email), NFKC))',
  'an address has one account': `
    SELECT lower(normalize(email, NFKC)) FROM users GROUP BY 1 HAVING count(*) > 1`,
  'a username has one account': 'SELECT lower(username) FROM users GROUP BY 1 HAVING count(*) > 1',
  'a registration does not outlive the account of its address': `
    SELECT r.id FROM pending_registrations r JOIN users u ON u.email = r.email AND r.created_at < u.created_at`,
  'a purpose has one live code': `
    SELECT purpose FROM one_time_codes GROUP BY purpose, registration_id, user_id HAVING count(*) > 1`,
  'a code has an owner and at most five tries': `
    SELECT c.id FROM one_time_codes c LEFT JOIN users u ON u.id = c.user_id
      LEFT JOIN pending_registrations r ON r.id = c.registration_id
    WHERE (u.id IS NULL AND r.id IS NULL) OR c.attempts NOT BETWEEN 0 AND 5`,
  'a code for a new address is of the change that waits': `
    SELECT c.id FROM one_time_codes c JOIN users u ON u.id = c.user_id
    WHERE c.purpose = 'email_change' AND c.new_email IS DISTINCT FROM u.pending_email`,
  'what is left of a deleted account names nobody': `
    SELECT id FROM account_events WHERE (event = 'account_deleted') <> (user_id IS NULL)
      OR (user_id IS NULL AND (ip_address IS NOT NULL OR user_agent IS NOT NULL))`,
  'a limit counts from zero': 'SELECT key FROM rate_limits WHERE points < 0',
  'no job was given up': 'SELECT id FROM graphile_worker.jobs WHERE attempts >= max_attempts',
  'no job is locked by a process that nobody knows': `
    SELECT id, locked_by FROM graphile_worker.jobs WHERE locked_by IS NOT NULL
      AND NOT EXISTS (SELECT FROM job_processes WHERE locked_by = ANY (worker_ids))`,
}

/** Beside the rules: every index holds exactly its table's rows, and each is where it says. */
const DAMAGED_INDEXES = `
  SELECT bt_index_check(index => c.oid, heapallindexed => true)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'graphile_worker') AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')`

/** What holds as long as nobody turns a clock back. */
const IN_ORDER: Record<string, string> = {
  'a session is not rotated before it began': 'SELECT id FROM sessions WHERE rotated_at < created_at',
}

function sessionsBeyond(cap: number): string {
  return `SELECT user_id FROM sessions WHERE expires_at > now() GROUP BY user_id HAVING count(*) > ${cap}`
}

type Expectation = { sessionCap: number; clockMoved?: boolean }

/**
 * Looks at everything in a database with pg's own eyes, past the application.
 * @returns the rules that are broken, with the rows; none where all is well
 */
async function brokenInvariants(
  url: string,
  { sessionCap, clockMoved = false }: Expectation,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const broken: string[] = []
    const inOrder = clockMoved ? {} : IN_ORDER
    const rules = {
      ...INVARIANTS,
      ...inOrder,
      'a user has no more sessions than may be': sessionsBeyond(sessionCap),
    }
    for (const [rule, statement] of Object.entries(rules)) {
      const { rows } = await client.query(statement)
      if (rows.length > 0) broken.push(`${rule}: ${JSON.stringify(rows)}`)
    }
    await client.query('CREATE EXTENSION IF NOT EXISTS amcheck')
    await client.query(DAMAGED_INDEXES).catch((error: Error) => broken.push(error.message))
    return broken
  } finally {
    await client.end()
  }
}

/** Waits until the jobs are done, and fails where a rule is broken. */
export async function assertSound(
  url: string,
  sessionCap: number,
  { clockMoved = false }: { clockMoved?: boolean } = {},
): Promise<void> {
  await waitForJobs(url)
  assert.deepEqual(await brokenInvariants(url, { sessionCap, clockMoved }), [])
}

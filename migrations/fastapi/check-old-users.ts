import { type Kysely, type RawBuilder, sql } from 'kysely'
import { movedEmail, problemsOf, verifiedUsers } from './old-users.ts'

const SHOWN = 100

/** What stands in the way, of which a readable number is kept as text and all are counted. */
type Obstacles = { total: number; shown: string[] }

function add(obstacles: Obstacles, text: string): void {
  obstacles.total += 1
  if (obstacles.shown.length < SHOWN) obstacles.shown.push(text)
}

async function checkRows(db: Kysely<unknown>, obstacles: Obstacles): Promise<void> {
  for await (const users of verifiedUsers(db, 'users')) {
    for (const user of users) {
      for (const problem of problemsOf(user)) add(obstacles, `user ${JSON.stringify(user.id)}: ${problem}`)
    }
    const [ids, emails] = [users.map(({ id }) => id), users.map(movedEmail)]
    await sql`INSERT INTO fastapi_addresses SELECT * FROM unnest(${ids}::text[], ${emails}::text[])`.execute(
      db,
    )
  }
}

async function checkCollisions(
  db: Kysely<unknown>,
  obstacles: Obstacles,
  what: string,
  values: RawBuilder<unknown>,
): Promise<void> {
  const { rows } = await sql<{ ids: string[]; users: number; groups: number }>`
    SELECT (array_agg(id ORDER BY id))[1:10] AS ids, count(*)::integer AS users, (count(*) OVER ())::integer AS groups
    FROM (${values}) AS taken (id, value) WHERE value <> ''
    GROUP BY value HAVING count(*) > 1 ORDER BY count(*) DESC, min(id) LIMIT ${sql.lit(SHOWN)}`.execute(db)
  for (const { ids, users } of rows) {
    const named = ids.map((id) => JSON.stringify(id)).join(', ')
    const others = users > ids.length ? ` and ${users - ids.length} more` : ''
    add(obstacles, `users ${named}${others}: they have the same ${what}, but for case and Unicode form`)
  }
  obstacles.total += (rows[0]?.groups ?? 0) - rows.length
}

function refusal({ total, shown }: Obstacles): Error {
  const rest = total > shown.length ? `\n  … and ${total - shown.length} more` : ''
  return new Error(
    `The users of the FastAPI version cannot be moved over as they are; ${total} thing(s) stand in the way:\n` +
      `${shown.map((text) => `  ${text}`).join('\n')}${rest}\n` +
      'Its tables were not changed. Mend these rows there and migrate again.',
  )
}

/**
 * Looks at every verified user before anything is changed. The others do not move, so nothing in them matters.
 * @throws with a list of whatever would break a rule of the new schema
 */
export async function checkOldUsers(db: Kysely<unknown>): Promise<void> {
  const obstacles: Obstacles = { total: 0, shown: [] }
  await sql`CREATE TEMPORARY TABLE fastapi_addresses (id text, email text) ON COMMIT DROP`.execute(db)
  await checkRows(db, obstacles)
  await checkCollisions(db, obstacles, 'e-mail address', sql`SELECT id, email FROM fastapi_addresses`)
  const verified = sql`FROM users WHERE is_verified`
  await checkCollisions(db, obstacles, 'username', sql`SELECT id, lower(username COLLATE "C") ${verified}`)
  await checkCollisions(db, obstacles, 'id', sql`SELECT id, lower(id COLLATE "C") ${verified}`)
  await sql`DROP TABLE fastapi_addresses`.execute(db)
  if (obstacles.total > 0) throw refusal(obstacles)
}

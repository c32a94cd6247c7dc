import type { Db } from '../platform/database/database.ts'

/** Notes that a user signed in from an address. */
export async function rememberAddress(db: Db, userId: string, addressKey: string, now: Date): Promise<void> {
  await db
    .insertInto('known_addresses')
    .values({ user_id: userId, address_key: addressKey, last_sign_in_at: now })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'address_key']).doUpdateSet({ last_sign_in_at: now }),
    )
    .execute()
}

/** Whether this user signed in from this address since then. */
export async function isKnownAddress(
  db: Db,
  userId: string,
  addressKey: string,
  since: Date,
): Promise<boolean> {
  const row = await db
    .selectFrom('known_addresses')
    .select('address_key')
    .where('user_id', '=', userId)
    .where('address_key', '=', addressKey)
    .where('last_sign_in_at', '>', since)
    .executeTakeFirst()
  return row !== undefined
}

/** Removes a batch of addresses that nobody signed in from since `before`. @returns how many */
export async function deleteAddressesBefore(db: Db, before: Date, batch: number): Promise<number> {
  const old = db
    .selectFrom('known_addresses')
    .select(['user_id', 'address_key'])
    .where('last_sign_in_at', '<', before)
    .orderBy('last_sign_in_at')
    .limit(batch)
  const result = await db
    .deleteFrom('known_addresses')
    .where(({ eb, refTuple }) =>
      eb(refTuple('user_id', 'address_key'), 'in', old.$asTuple('user_id', 'address_key')),
    )
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

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

export type AddressHistory = {
  /** This user signed in from this address since then. */
  known: boolean
  /** This user never signed in from anywhere. */
  first: boolean
}

export async function addressHistory(
  db: Db,
  userId: string,
  addressKey: string,
  since: Date,
): Promise<AddressHistory> {
  const rows = await db
    .selectFrom('known_addresses')
    .select((eb) => [
      eb.fn.countAll<string>().as('total'),
      eb.fn
        .countAll<string>()
        .filterWhere('address_key', '=', addressKey)
        .filterWhere('last_sign_in_at', '>', since)
        .as('known'),
    ])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return { known: rows.known !== '0', first: rows.total === '0' }
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

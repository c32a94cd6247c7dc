import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { recordEvent } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import type { Db } from '../platform/database/database.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { JobDefinition } from '../platform/jobs/jobs.ts'
import type { Platform } from '../platform/platform.ts'
import { findUser } from '../users/users-repository.ts'

const TELL_OWNER = 'tell_owner_of_registration'

const Payload = Type.Object({
  email: Type.String(),
  at: Type.String(),
  client: Type.Object({ ip: Type.String(), addressKey: Type.String(), userAgent: Type.String() }),
})

/**
 * Has the owner of an address told that somebody registered with it, if it has one: that is looked up later, elsewhere,
 * so that no time tells.
 */
export function tellOwner(
  { jobs }: Pick<Platform, 'jobs'>,
  db: Db,
  { at, ...attempt }: { email: string; at: Date; client: Client },
): Promise<void> {
  return jobs.add(db, TELL_OWNER, { ...attempt, at: at.toISOString() })
}

export function registrationAttemptJob(platform: Platform): JobDefinition {
  return {
    name: TELL_OWNER,
    async run(payload) {
      const { email, at, client } = Value.Parse(Payload, payload)
      const owner = await findUser(platform.db, { kind: 'email', text: email })
      // Who became the owner since then was not one: it may be this very registration.
      if (owner === undefined || owner.created_at > new Date(at)) return
      await inTransaction(platform.db, async (tx) => {
        const event = 'registration_attempted'
        await recordEvent(platform, tx, { userId: owner.id, event, outcome: 'failure', client })
        await sendNotice(platform, tx, { kind: 'registration_attempt', to: owner.email, name: owner.name })
      })
    },
  }
}

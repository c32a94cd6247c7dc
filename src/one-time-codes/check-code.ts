import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Limit } from '../platform/http/rate-limits.ts'
import type { Platform } from '../platform/platform.ts'
import { secretOf } from '../platform/secrets.ts'
import { isRightCode } from './code-digits.ts'
import { type CodeSubject, spendTry } from './one-time-codes-repository.ts'

const PER_ADDRESS: Limit = { name: 'code_tries_per_address', points: 30, seconds: 300 }
const PER_IDENTIFIER: Limit = { name: 'code_tries_per_identifier', points: 10, seconds: 3600 }

/** Spends one of the tries that an address has, whatever it tries. */
export async function spendAddressTry({ limits }: Pick<Platform, 'limits'>, client: Client): Promise<void> {
  await limits.spend(PER_ADDRESS, client.addressKey)
}

/**
 * Spends one of the tries that an identifier has.
 * @param identifier canonical, as sent
 * @param purpose what the code may be for
 */
export async function spendIdentifierTry(
  { limits }: Pick<Platform, 'limits'>,
  identifier: string,
  purpose: CodeSubject['purpose'],
): Promise<void> {
  await limits.spend(PER_IDENTIFIER, `${purpose} ${identifier}`)
}

/**
 * Spends from the budgets that depend on nothing but what was sent, before anything is looked up.
 * @param identifier canonical, as sent
 * @param purposes what the code may be for, as far as the request tells
 */
export async function spendCodeBudget(
  platform: Pick<Platform, 'limits'>,
  client: Client,
  identifier: string,
  ...purposes: CodeSubject['purpose'][]
): Promise<void> {
  await spendAddressTry(platform, client)
  for (const purpose of purposes) await spendIdentifierTry(platform, identifier, purpose)
}

/**
 * Checks a code and spends one of its tries, right or wrong. It is not used up yet: `consumeCode` does that, in the
 * transaction of what it allows.
 * @returns the id of the code
 * @throws AppError `invalid_code`, the same for every reason
 */
export async function checkCode(
  { config, db, clock }: Pick<Platform, 'config' | 'db' | 'clock'>,
  subject: CodeSubject,
  typed: string,
): Promise<string> {
  const code = await spendTry(db, subject, clock.now())
  if (code === undefined) throw new AppError('invalid_code')
  const secret = secretOf(config.tokens.refreshSecrets, code.keyId)
  if (secret === undefined || !isRightCode(secret, code.id, typed)) throw new AppError('invalid_code')
  return code.id
}

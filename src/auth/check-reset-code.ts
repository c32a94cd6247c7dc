import { recordFailure } from '../account-events/account-events.ts'
import { checkCode } from '../one-time-codes/check-code.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'

/**
 * Checks the code that resets a user's password, and spends one of its tries. The account's owner sees who failed.
 * @returns the id of the code
 * @throws AppError `invalid_code`
 */
export async function checkResetCode(
  platform: Platform,
  userId: string,
  typed: string,
  client: Client,
): Promise<string> {
  try {
    return await checkCode(platform, { purpose: 'password_reset', userId }, typed)
  } catch (error) {
    if (error instanceof AppError) {
      await recordFailure(platform, platform.db, { userId, event: 'password_reset', client })
    }
    throw error
  }
}

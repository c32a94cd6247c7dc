import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import type { Caller } from './guard.ts'
import { isRecentSignIn } from './session.ts'

/** @throws AppError `reauthentication_required` unless this session's password was proved a short while ago */
export function requireRecentSignIn({ clock }: Pick<Platform, 'clock'>, { session }: Caller): void {
  if (!isRecentSignIn(session, clock.now())) throw new AppError('reauthentication_required')
}

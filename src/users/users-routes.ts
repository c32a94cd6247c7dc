import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { findActivity } from '../account-events/account-events-repository.ts'
import { clientOf } from '../platform/http/client-address.ts'
import { deviceLabel } from '../platform/http/device.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { clearTokenCookies } from '../sessions/cookies.ts'
import { callerOf, guard } from '../sessions/guard.ts'
import { changePassword } from './change-password.ts'
import { deleteAccount } from './delete-account.ts'
import { updateProfile } from './update-profile.ts'
import { publicUser } from './user.ts'
import {
  Activity,
  Message,
  Page,
  PasswordChange,
  ProfileForm,
  User,
  VerificationCode,
} from './users-schemas.ts'
import { verifyEmail } from './verify-email.ts'

const tags = ['Users']

/** `/api/v1/users`: the caller's own account. */
export function usersRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock, db, config } = platform
  return async (app) => {
    app.addHook('onRequest', guard(platform))

    app.get(
      '/me',
      {
        schema: routeSchema(
          { operationId: 'getProfile', summary: 'The profile of who is signed in', tags },
          {},
          { 200: Envelope(User) },
          'guarded',
        ),
      },
      async (request) => envelope(clock, publicUser(callerOf(request).user, clock.now())),
    )

    app.put(
      '/me',
      {
        schema: routeSchema(
          {
            operationId: 'updateProfile',
            summary: 'Change the profile',
            description:
              'All or nothing. A value equal to the present one is no change. A new e-mail address needs a recent sign-in and waits, as `pending_email`, for the code that is mailed to it.',
            tags,
            errors: ['csrf_rejected', 'reauthentication_required', 'username_taken'],
          },
          { body: ProfileForm },
          { 200: Envelope(User) },
          'guarded',
        ),
      },
      async (request) => {
        const user = await updateProfile(platform, callerOf(request), request.body, clientOf(request))
        return envelope(clock, publicUser(user, clock.now()))
      },
    )

    app.post(
      '/me/verify-email',
      {
        schema: routeSchema(
          {
            operationId: 'verifyNewEmail',
            summary: 'Confirm a new e-mail address',
            tags,
            errors: ['csrf_rejected', 'invalid_code'],
          },
          { body: Type.Object({ verification_code: VerificationCode }) },
          { 200: Envelope(User) },
          'guarded',
        ),
      },
      async (request) => {
        const code = request.body.verification_code
        const user = await verifyEmail(platform, callerOf(request), code, clientOf(request))
        return envelope(clock, publicUser(user, clock.now()))
      },
    )

    app.put(
      '/me/password',
      {
        schema: routeSchema(
          {
            operationId: 'changePassword',
            summary: 'Change the password; every other session ends',
            tags,
            errors: ['csrf_rejected', 'wrong_password', 'weak_password', 'overloaded'],
          },
          { body: PasswordChange },
          {
            200: Envelope(
              Type.Object({ message: Message('Your password was changed. All other sessions ended.') }),
            ),
          },
          'guarded',
        ),
      },
      async (request) => {
        await changePassword(platform, callerOf(request), request.body, clientOf(request))
        return envelope(clock, { message: 'Your password was changed. All other sessions ended.' })
      },
    )

    app.get(
      '/me/activity',
      {
        schema: routeSchema(
          { operationId: 'listActivity', summary: 'What happened to the account, newest first', tags },
          { querystring: Page },
          { 200: Envelope(Activity) },
          'guarded',
        ),
      },
      async (request) => {
        const { events, total } = await findActivity(db, callerOf(request).user.id, request.query)
        const shown = events.map(({ user_agent, created_at, ...event }) => ({
          ...event,
          device: deviceLabel(user_agent),
          created_at: created_at.toISOString(),
        }))
        return envelope(clock, { events: shown, total, ...request.query })
      },
    )

    app.delete(
      '/me',
      {
        schema: routeSchema(
          {
            operationId: 'deleteAccount',
            summary: 'Delete the account and all that belongs to it; needs a recent sign-in',
            tags,
            errors: ['csrf_rejected', 'reauthentication_required'],
          },
          {},
          { 200: Envelope(Type.Object({ message: Message('Your account and all its data were deleted.') })) },
          'guarded',
        ),
      },
      async (request, reply) => {
        await deleteAccount(platform, callerOf(request), clientOf(request))
        clearTokenCookies(reply, config)
        return envelope(clock, { message: 'Your account and all its data were deleted.' })
      },
    )
  }
}

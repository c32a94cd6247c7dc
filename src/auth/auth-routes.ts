import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { clientOf } from '../platform/http/client-address.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import type { Limit } from '../platform/http/rate-limits.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { isUsernameFree } from '../users/users-repository.ts'
import {
  CodeCheck,
  Credentials,
  Done,
  Forgotten,
  Registered,
  RegistrationForm,
  Resend,
  Reset,
  SignedIn,
  UsernameAnswer,
  UsernameQuestion,
  Verification,
} from './auth-schemas.ts'
import { checkVerificationCode } from './check-verification-code.ts'
import { forgotPassword } from './forgot-password.ts'
import { logIn } from './log-in.ts'
import { register } from './register.ts'
import { clearRegistrationCookie, registrationCookie, setRegistrationCookie } from './registration-cookie.ts'
import { resendVerification } from './resend-verification.ts'
import { resetPassword } from './reset-password.ts'
import { signInAnswer } from './sign-in-answer.ts'
import { verify } from './verify.ts'

const tags = ['Authentication']

const USERNAME_QUESTIONS: Limit = { name: 'username_questions', points: 30, seconds: 60 }

/** `/api/v1/auth`, where no token is needed: becoming and proving to be a user. */
export function authRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock, config, db, limits, requestLimit } = platform
  return async (app) => {
    app.addHook('onRequest', async (request) => requestLimit(clientOf(request).addressKey))

    app.post(
      '/register',
      {
        schema: routeSchema(
          {
            operationId: 'register',
            summary: 'Register; a code is mailed',
            description:
              'The account exists once the code is verified. The answer is the same whether or not the address has an account already. A cookie binds this browser to this registration.',
            tags,
            errors: ['username_taken', 'weak_password', 'overloaded'],
          },
          { body: RegistrationForm },
          { 201: Envelope(Registered) },
        ),
      },
      async (request, reply) => {
        const user = await register(platform, request.body, clientOf(request))
        setRegistrationCookie(reply, config, user.id)
        const message = 'We have sent you a code. Enter it to finish your registration.'
        return reply.code(201).send(envelope(clock, { user, message }))
      },
    )

    app.post(
      '/check-username',
      {
        schema: routeSchema(
          { operationId: 'checkUsername', summary: 'Whether a username is free', tags },
          { body: UsernameQuestion },
          { 200: Envelope(UsernameAnswer) },
        ),
      },
      async (request) => {
        await limits.spend(USERNAME_QUESTIONS, clientOf(request).addressKey)
        const { username } = request.body
        const available = await isUsernameFree(db, username)
        const message = available ? 'This username is available.' : 'This username is already taken.'
        return envelope(clock, { available, username, message })
      },
    )

    app.post(
      '/verify',
      {
        schema: routeSchema(
          {
            operationId: 'verifyRegistration',
            summary: 'Finish a registration with its code, and sign in',
            tags,
            errors: ['invalid_code', 'username_taken'],
          },
          { body: Verification },
          { 200: Envelope(SignedIn) },
        ),
      },
      async (request, reply) => {
        const signedIn = await verify(platform, request.body, registrationCookie(request), clientOf(request))
        clearRegistrationCookie(reply, config)
        const message = 'Your account is verified. Welcome.'
        return envelope(clock, signInAnswer(platform, request, reply, signedIn, message))
      },
    )

    app.post(
      '/resend-verification',
      {
        schema: routeSchema(
          { operationId: 'resendVerification', summary: 'Mail a new code for a registration', tags },
          { body: Resend },
          { 200: Envelope(Done) },
        ),
      },
      async (request) => {
        const { identifier } = request.body
        await resendVerification(platform, identifier, registrationCookie(request), clientOf(request))
        return envelope(clock, {
          message: 'If there is a registration that waits, a new code is on its way.',
        })
      },
    )

    app.post(
      '/check-verification-code',
      {
        schema: routeSchema(
          {
            operationId: 'checkVerificationCode',
            summary: 'Whether a code would be accepted; spends one of its tries',
            tags,
            errors: ['invalid_code'],
          },
          { body: CodeCheck },
          { 200: Envelope(Done) },
        ),
      },
      async (request) => {
        await checkVerificationCode(platform, request.body, registrationCookie(request), clientOf(request))
        return envelope(clock, { message: 'The code is right.' })
      },
    )

    app.post(
      '/login',
      {
        schema: routeSchema(
          {
            operationId: 'logIn',
            summary: 'Sign in with e-mail or username and password',
            tags,
            errors: ['invalid_credentials', 'overloaded'],
          },
          { body: Credentials },
          { 200: Envelope(SignedIn) },
        ),
      },
      async (request, reply) => {
        const signedIn = await logIn(platform, request.body, clientOf(request))
        return envelope(clock, signInAnswer(platform, request, reply, signedIn, 'Welcome back.'))
      },
    )

    app.post(
      '/forgot-password',
      {
        schema: routeSchema(
          { operationId: 'forgotPassword', summary: 'Mail a code to reset the password', tags },
          { body: Forgotten },
          { 200: Envelope(Done) },
        ),
      },
      async (request) => {
        await forgotPassword(platform, request.body.identifier, clientOf(request))
        return envelope(clock, {
          message: 'If there is such an account, a code is on its way to its address.',
        })
      },
    )

    app.post(
      '/reset-password',
      {
        schema: routeSchema(
          {
            operationId: 'resetPassword',
            summary: 'Set a new password with a code; every session ends',
            tags,
            errors: ['invalid_code', 'weak_password', 'overloaded'],
          },
          { body: Reset },
          { 200: Envelope(Done) },
        ),
      },
      async (request) => {
        await resetPassword(platform, request.body, clientOf(request))
        return envelope(clock, { message: 'Your password was changed. Sign in with the new one.' })
      },
    )
  }
}

import { Type } from 'typebox'
import { Nullable } from '../platform/http/route-schema.ts'
import {
  Email,
  IdentifierText,
  Message,
  Name,
  NewPassword,
  Password,
  User,
  Username,
  VerificationCode,
} from '../users/users-schemas.ts'

const RegistrationIdentifier = Type.String({
  ...IdentifierText,
  description: 'E-mail address, username, or the id that register answered',
})

const Token = (description: string) =>
  Type.String({ description, examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln'] })

export const RegistrationForm = Type.Object({
  name: Name,
  email: Email,
  username: Username,
  password: NewPassword,
})
export const Registered = Type.Object({
  user: User,
  message: Message('We have sent you a code. Enter it to finish your registration.'),
})

export const UsernameQuestion = Type.Object({ username: Username })
export const UsernameAnswer = Type.Object({
  available: Type.Boolean(),
  username: Type.String({ examples: ['ada'] }),
  message: Message('This username is available.'),
})

export const Verification = Type.Object({
  identifier: RegistrationIdentifier,
  verification_code: VerificationCode,
})
export const Resend = Type.Object({ identifier: RegistrationIdentifier })
export const CodeCheck = Type.Object({
  identifier: RegistrationIdentifier,
  verification_code: VerificationCode,
  purpose: Type.Optional(
    Type.Unsafe<'verification' | 'password_reset'>({
      type: 'string',
      enum: ['verification', 'password_reset'],
      description: "By default the password's reset if the identifier is a user's",
      examples: ['password_reset'],
    }),
  ),
})
export const Credentials = Type.Object({ identifier: IdentifierText, password: Password })
export const Forgotten = Type.Object({ identifier: IdentifierText })
export const Reset = Type.Object({
  identifier: IdentifierText,
  verification_code: VerificationCode,
  new_password: NewPassword,
})
export const Confirmation = Type.Object({ password: Password })

/** A token is long, but not as long as a body may be. */
export const RefreshToken = Type.Object({
  refresh_token: Type.Optional(
    Nullable<string>('string', {
      maxLength: 4096,
      format: 'text',
      description: 'Without it the cookie is used; null or "" is none',
      examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln'],
    }),
  ),
})

export const SignedIn = Type.Object({
  user: User,
  access_token: Token('For `Authorization: Bearer`; also set as a cookie'),
  refresh_token: Type.Optional(Token('Left out where a browser asks: it has the cookie')),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds that the access token has left', examples: [1800] }),
  message: Message('Welcome back.'),
})

export const Confirmed = Type.Object({
  message: Message('Your password was confirmed.'),
  expires_in: Type.Integer({
    description: 'For how many seconds this counts as a recent sign-in',
    examples: [900],
  }),
})

export const Done = Type.Object({ message: Message('Done.') })

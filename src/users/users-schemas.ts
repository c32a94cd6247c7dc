import { Type } from 'typebox'
import { Nullable } from '../platform/http/route-schema.ts'

const Timestamp = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-11-22T09:00:00.000Z'] })

export const User = Type.Object({
  id: Type.String({ format: 'uuid', examples: ['01a20575-fd08-7f42-b0a3-69b4f86e5c8d'] }),
  name: Type.String({ examples: ['Ada Byron'] }),
  email: Type.String({ description: 'In canonical form', examples: ['ada@example.com'] }),
  username: Type.String({ examples: ['ada'] }),
  country_code: Nullable<number>('integer', { examples: [44] }),
  phone: Nullable<string>('string', { examples: ['+442071838750'] }),
  is_verified: Type.Boolean(),
  created_at: Timestamp('When the account began'),
  updated_at: Timestamp('When its data last changed'),
  pending_email: Type.Optional(
    Type.String({ description: 'A new address that waits for its code', examples: ['ada@example.org'] }),
  ),
})

export const Name = Type.String({
  minLength: 2,
  maxLength: 50,
  format: 'person-name',
  description: 'No control characters; spaces around it are dropped',
  examples: ['Ada Byron'],
})
export const Email = Type.String({
  minLength: 1,
  maxLength: 320,
  format: 'email-address',
  description: 'Kept in canonical form: trimmed, in lower case, 254 characters at most',
  examples: ['ada@example.com'],
})
export const Username = Type.String({
  minLength: 3,
  maxLength: 50,
  format: 'username',
  description: 'Letters from A to Z, digits, dashes and underscores; unique whatever the case of its letters',
  examples: ['ada'],
})
/** Whatever it is, up to a length that cannot hurt: what a new one has to be like is the policy's to judge. */
export const Password = Type.String({
  minLength: 1,
  maxLength: 1024,
  format: 'password-text',
  examples: ['violet-tangent-9-harbour'],
})
export const NewPassword = Type.String({
  ...Password,
  description:
    '8 to 128 characters; neither common nor easy to guess, and without the name, username or e-mail address of its owner',
})
export const IdentifierText = Type.String({
  minLength: 1,
  maxLength: 320,
  format: 'text',
  description: 'E-mail address or username',
  examples: ['ada@example.com'],
})
export const VerificationCode = Type.String({
  minLength: 1,
  maxLength: 20,
  format: 'text',
  description: 'The six digits from the mail',
  examples: ['042137'],
})
export const Message = (example: string) =>
  Type.String({ description: 'One sentence for a person', examples: [example] })

/** A field of the profile that can be left as it is. */
function orNull(field: { type: 'string'; description?: string }) {
  return { ...field, type: ['string', 'null'], description: `${field.description}; null is ignored` }
}

export const ProfileForm = Type.Object({
  name: Type.Optional(Nullable<string>('string', orNull(Name))),
  username: Type.Optional(Nullable<string>('string', orNull(Username))),
  email: Type.Optional(Nullable<string>('string', orNull(Email))),
  country_code: Type.Optional(
    Nullable<number>('integer', {
      minimum: 1,
      maximum: 999,
      description: 'Calling code; null clears it',
      examples: [44],
    }),
  ),
  phone: Type.Optional(
    Nullable<string>('string', {
      maxLength: 40,
      format: 'phone',
      description:
        'E.164 or 4 to 15 digits; spaces, dots, dashes and brackets are dropped; "" or null clears it',
      examples: ['+44 20 7183 8750'],
    }),
  ),
})

export const PasswordChange = Type.Object({ current_password: Password, new_password: NewPassword })

export const Page = Type.Object({
  page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1, examples: [1] }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, examples: [20] }),
})

export const Activity = Type.Object({
  events: Type.Array(
    Type.Object({
      event: Type.String({ examples: ['login'] }),
      outcome: Type.String({ enum: ['success', 'failure'], examples: ['success'] }),
      ip_address: Type.String({ examples: ['192.0.2.7'] }),
      device: Type.String({ examples: ['Firefox on Windows'] }),
      created_at: Timestamp('When it happened'),
    }),
  ),
  total: Type.Integer({ examples: [1] }),
  page: Type.Integer({ examples: [1] }),
  limit: Type.Integer({ examples: [20] }),
})

import { composeMail, type MailContent } from './compose-mail.ts'

/** `name`: that of the account's owner, never what the stranger typed. */
export type RegistrationAttemptMail = { name: string }

/** Tells the owner of an account that someone tried to register its address again. */
export function registrationAttemptMail({ name }: RegistrationAttemptMail): MailContent {
  return composeMail({
    subject: 'You already have a CrypAlgos account',
    preview: 'Someone tried to register with your e-mail address.',
    topic: 'Registration',
    tone: 'calm',
    title: 'You already have an account',
    name,
    blocks: [
      {
        kind: 'paragraph',
        text: 'Someone tried to register at CrypAlgos with your e-mail address. It already has an account, so nothing was created and nothing has changed.',
      },
      {
        kind: 'paragraph',
        text: 'If it was you, sign in instead. If you do not remember your password, ask for a new one with "forgot password".',
      },
      {
        kind: 'note',
        text: 'Not you? Then there is nothing to do. Your account is safe, and the other person was not told that it exists.',
      },
    ],
    reason: 'You get this mail because this address belongs to a CrypAlgos account.',
  })
}

import { composeMail, type MailContent } from './compose-mail.ts'

export type PasswordResetMail = { name: string; code: string; minutes: number }

/** Lets the owner of the address choose a new password. */
export function passwordResetMail({ name, code, minutes }: PasswordResetMail): MailContent {
  return composeMail({
    subject: 'Your CrypAlgos password reset code',
    preview: `Choose a new password within ${minutes} minutes.`,
    topic: 'Password reset',
    tone: 'calm',
    title: 'Choose a new password',
    name,
    blocks: [
      { kind: 'paragraph', text: 'Enter this code together with your new password:' },
      { kind: 'code', code },
      {
        kind: 'paragraph',
        text: `The code works once, for ${minutes} minutes. Do not share it with anyone.`,
      },
      { kind: 'paragraph', text: 'With the new password every device is signed out.' },
      {
        kind: 'note',
        text: 'Not you? Then there is nothing to do: without the code your password stays as it is.',
      },
    ],
    reason: 'You get this mail because someone asked for a new password for your CrypAlgos account.',
  })
}

import { composeMail, type MailContent } from './compose-mail.ts'

export type EmailChangeMail = { name: string; newEmail: string; code: string; minutes: number }

/** Proves the new address of an account; sent to that address. */
export function emailChangeMail({ name, newEmail, code, minutes }: EmailChangeMail): MailContent {
  return composeMail({
    subject: 'Confirm your new e-mail address at CrypAlgos',
    preview: `Confirm the change within ${minutes} minutes.`,
    topic: 'E-mail change',
    tone: 'calm',
    title: 'Confirm your new e-mail address',
    name,
    blocks: [
      { kind: 'paragraph', text: 'Enter this code in your account, and this becomes its e-mail address:' },
      { kind: 'facts', facts: [['New address', newEmail]] },
      { kind: 'code', code },
      {
        kind: 'paragraph',
        text: `The code works once, for ${minutes} minutes. Do not share it with anyone. Until you enter it, the old address stays in use.`,
      },
      {
        kind: 'note',
        text: 'Not you? Then there is nothing to do: without the code no account gets your address.',
      },
    ],
    reason: 'You get this mail because someone wants to use this address for a CrypAlgos account.',
  })
}

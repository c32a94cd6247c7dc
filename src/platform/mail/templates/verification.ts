import { composeMail, type MailContent } from './compose-mail.ts'

export type VerificationMail = {
  name: string
  /** The username that the code activates: the reader may have been sent codes of several registrations. */
  username: string
  code: string
  minutes: number
}

/** Proves the address of a registration. */
export function verificationMail({ name, username, code, minutes }: VerificationMail): MailContent {
  return composeMail({
    subject: 'Your CrypAlgos verification code',
    preview: `Confirm your e-mail address within ${minutes} minutes.`,
    topic: 'Verification',
    tone: 'calm',
    title: 'Confirm your e-mail address',
    name,
    blocks: [
      {
        kind: 'paragraph',
        text: 'Enter this code where you registered. It activates the account with this username:',
      },
      { kind: 'facts', facts: [['Username', username]] },
      { kind: 'code', code },
      {
        kind: 'paragraph',
        text: `The code works once, for ${minutes} minutes. Do not share it with anyone.`,
      },
      {
        kind: 'note',
        text: 'Not you, or not the username that you chose? Then do not use the code. Without it no account is created.',
      },
    ],
    reason: 'You get this mail because someone registered at CrypAlgos with this e-mail address.',
  })
}

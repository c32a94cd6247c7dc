import { composeMail, type MailContent } from './compose-mail.ts'
import { greetingName } from './greeting-name.ts'

export type WelcomeMail = { name: string; username: string }

/** Greets a user whose address is proved. */
export function welcomeMail({ name, username }: WelcomeMail): MailContent {
  const shown = greetingName(name)
  return composeMail({
    subject: shown === '' ? 'Welcome to CrypAlgos' : `Welcome to CrypAlgos, ${shown}`,
    preview: 'Your account is active.',
    topic: 'Welcome',
    tone: 'calm',
    title: 'Your account is active',
    name,
    blocks: [
      {
        kind: 'paragraph',
        text: 'Your e-mail address is confirmed. You can sign in with it, or with your username:',
      },
      { kind: 'facts', facts: [['Username', username]] },
      {
        kind: 'paragraph',
        text: 'We tell you by mail when someone signs in from a device that we do not know, and when your password or your address changes.',
      },
      {
        kind: 'note',
        text: 'Keep your password to yourself and use it nowhere else. Your sessions are listed in your account, where you can end each of them.',
      },
    ],
    reason: 'You get this mail because you created an account at CrypAlgos.',
  })
}

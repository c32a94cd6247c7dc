import { composeMail, type MailContent } from './compose-mail.ts'
import type { Block, MailDraft } from './mail-draft.ts'

/** From where something was done, and when: ISO-8601, UTC. */
type Occurrence = { device: string; ip_address: string; at: string }

export type SecurityNotice =
  | ({ kind: 'new_device' } & Occurrence)
  | { kind: 'password_changed' }
  /** The address is shown masked, since the mail goes to the old one. */
  | { kind: 'email_changed'; new_email: string }
  | ({ kind: 'token_theft' } & Occurrence)

type Notice = Pick<MailDraft, 'subject' | 'preview' | 'tone' | 'title' | 'blocks'>

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** The first character and the domain: enough to recognise an address, too little to learn it. */
function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return `${[...email.slice(0, at)].slice(0, 1).join('')}***${email.slice(at)}`
}

function facts({ device, ip_address, at }: Occurrence): Block {
  return {
    kind: 'facts',
    facts: [
      ['Device', device],
      ['IP address', ip_address],
      ['Time', `${DATE.format(new Date(at))} UTC`],
    ],
  }
}

function newDevice(occurrence: Occurrence): Notice {
  return {
    subject: 'New sign-in to your CrypAlgos account',
    preview: 'Was it you?',
    tone: 'calm',
    title: 'A new device signed in',
    blocks: [
      {
        kind: 'paragraph',
        text: 'Your account was used from a place that we have not seen in the last 30 days:',
      },
      facts(occurrence),
      {
        kind: 'paragraph',
        text: 'If it was you, there is nothing to do. If not, reset your password now: that signs out every device.',
      },
    ],
  }
}

function passwordChanged(): Notice {
  return {
    subject: 'Your CrypAlgos password was changed',
    preview: 'Was it you?',
    tone: 'calm',
    title: 'Your password was changed',
    blocks: [
      {
        kind: 'paragraph',
        text: 'The password of your account was just changed, and other devices were signed out.',
      },
      {
        kind: 'paragraph',
        text: 'If it was you, there is nothing to do. If not, reset your password now with "forgot password".',
      },
    ],
  }
}

function emailChanged(newEmail: string): Notice {
  return {
    subject: 'Your CrypAlgos e-mail address was changed',
    preview: 'Was it you?',
    tone: 'alert',
    title: 'Your e-mail address was changed',
    blocks: [
      { kind: 'paragraph', text: 'Your account has a new e-mail address. This one no longer signs in:' },
      { kind: 'facts', facts: [['New address', maskEmail(newEmail)]] },
      {
        kind: 'paragraph',
        text: 'If it was you, there is nothing to do. If not, someone else has control of your account: tell its operator at once.',
      },
    ],
  }
}

function tokenTheft(occurrence: Occurrence): Notice {
  return {
    subject: 'We ended a session of your CrypAlgos account',
    preview: 'A sign-in token was used twice, which can mean that it was stolen.',
    tone: 'alert',
    title: 'A session was ended for your safety',
    blocks: [
      {
        kind: 'paragraph',
        text: 'A sign-in token of your account was used a second time. That can mean that somebody copied it, so we ended the session it belongs to. Your other sessions go on.',
      },
      facts(occurrence),
      {
        kind: 'paragraph',
        text: 'Sign in again to go on. If you do not know this device or address, reset your password now: that signs out every device.',
      },
    ],
  }
}

function noticeOf(notice: SecurityNotice): Notice {
  switch (notice.kind) {
    case 'new_device':
      return newDevice(notice)
    case 'password_changed':
      return passwordChanged()
    case 'email_changed':
      return emailChanged(notice.new_email)
    case 'token_theft':
      return tokenTheft(notice)
  }
}

/** Tells the owner what happened to the account, and what to do if it was somebody else. */
export function securityNoticeMail(notice: SecurityNotice & { name: string }): MailContent {
  return composeMail({
    ...noticeOf(notice),
    topic: 'Security notice',
    name: notice.name,
    reason: 'You get this mail because it concerns the safety of your CrypAlgos account.',
  })
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { escapeHtml } from '../html.ts'
import { plainLine } from '../plain-line.ts'
import type { MailContent } from './compose-mail.ts'
import { emailChangeMail } from './email-change.ts'
import { greetingName } from './greeting-name.ts'
import { passwordResetMail } from './password-reset.ts'
import { registrationAttemptMail } from './registration-attempt.ts'
import { securityNoticeMail } from './security-notice.ts'
import { verificationMail } from './verification.ts'
import { welcomeMail } from './welcome.ts'

type Values = { name: string; other: string; code: string }

const at = '2026-11-22T09:00:00.000Z'

/** Every mail, with `other` wherever it holds a second value. */
const MAILS: Record<string, (values: Values) => MailContent> = {
  verification: ({ name, other, code }) => verificationMail({ name, username: other, code, minutes: 10 }),
  welcome: ({ name, other }) => welcomeMail({ name, username: other }),
  'password reset': ({ name, code }) => passwordResetMail({ name, code, minutes: 10 }),
  'e-mail change': ({ name, other, code }) => emailChangeMail({ name, newEmail: other, code, minutes: 10 }),
  'registration attempt': ({ name }) => registrationAttemptMail({ name }),
  'new device': ({ name, other }) =>
    securityNoticeMail({ name, kind: 'new_device', device: other, ip_address: other, at }),
  'password changed': ({ name }) => securityNoticeMail({ name, kind: 'password_changed' }),
  'e-mail changed': ({ name, other }) =>
    securityNoticeMail({ name, kind: 'email_changed', new_email: `a***@${other}` }),
  'token theft': ({ name, other }) =>
    securityNoticeMail({ name, kind: 'token_theft', device: other, ip_address: other, at }),
}
const CODE_MAILS = ['verification', 'password reset', 'e-mail change']

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      '/',
      'b',
      '\r',
      '\n',
      '\0',
      '\u202e',
      '\ud800',
      '$',
      '`',
      'ü',
      '😀',
    ),
  }),
  fc.constantFrom('</td><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '$&'),
)

for (const [kind, compose] of Object.entries(MAILS)) {
  describe(`the ${kind} mail`, () => {
    it('holds its values escaped, and no other markup than with harmless ones', () => {
      const usual = compose({ name: 'NAMENAME', other: 'OTHEROTHER', code: '042917' })
      fc.assert(
        fc.property(hostile, hostile, (name, other) => {
          const greeting = greetingName(`x${name}`)
          fc.pre(
            greeting !== '' &&
              plainLine(other) === other.trim() &&
              other.trim() !== '' &&
              !other.includes('@'),
          )
          const expected = usual.html
            .replaceAll('NAMENAME', () => escapeHtml(greeting))
            .replaceAll('OTHEROTHER', () => escapeHtml(plainLine(other)))
          assert.equal(compose({ name: `x${name}`, other: other.trim(), code: '042917' }).html, expected)
        }),
      )
    })

    it('has a subject of one line, and well-formed parts, whatever its values hold', () => {
      fc.assert(
        fc.property(hostile, hostile, (name, other) => {
          const { subject, text, html } = compose({ name, other, code: '042917' })
          assert.doesNotMatch(subject, /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E]/u)
          assert.doesNotMatch(text, /[^\P{Cc}\n]/u)
          assert.ok(subject.isWellFormed() && text.isWellFormed() && html.isWellFormed())
          assert.doesNotMatch(html, /<script|<img|onerror=[^&]*>/)
        }),
      )
    })

    it('reads well as plain text, and loads and links nothing', () => {
      const { text, html } = compose({ name: 'Ada Lovelace', other: 'ada', code: '042917' })
      assert.match(text, /\n\nHello Ada Lovelace,\n\n/)
      assert.match(text, /\n-- \nCrypAlgos\n/)
      assert.doesNotMatch(text, /[<>]|undefined|NaN|&\w+;/)
      assert.doesNotMatch(html, /<a |https?:|<img|<link|url\(|undefined|NaN/)
    })

    it('greets nobody by a name that would become a link', () => {
      const { subject, text, html } = compose({
        name: 'Win at evil.example/now',
        other: 'ada',
        code: '042917',
      })
      for (const part of [subject, text, html]) assert.doesNotMatch(part, /evil/)
      assert.match(text, /\n\nHello,\n\n/)
    })
  })
}

for (const kind of CODE_MAILS) {
  describe(`the code of the ${kind} mail`, () => {
    const { subject, text, html } =
      MAILS[kind]?.({ name: 'Ada', other: 'ada', code: '042917' }) ?? assert.fail()

    it('stands in both parts as plain digits, alone on its line in the text', () => {
      assert.match(text, /^042917$/m)
      assert.match(html, />042917</)
      assert.match(text, /for 10 minutes/)
      assert.match(html, /for 10 minutes/)
    })

    it('is not in the subject, nor in the preview of a locked screen', () => {
      assert.doesNotMatch(subject, /042917/)
      assert.equal(html.split('042917').length - 1, 1)
    })
  })
}

describe('the verification mail', () => {
  it('names the username that it activates in both parts', () => {
    const { text, html } = verificationMail({ name: 'Ada', username: 'ada_l', code: '042917', minutes: 10 })
    assert.match(text, /^Username: ada_l$/m)
    assert.match(html, /<bdi>ada_l<\/bdi>/)
  })
})

describe('the security notices', () => {
  it('say from where and when', () => {
    const { text } = securityNoticeMail({
      name: 'Ada',
      kind: 'new_device',
      device: 'Firefox on Windows',
      ip_address: '203.0.113.24',
      at,
    })
    assert.match(
      text,
      /^Device: Firefox on Windows\nIP address: 203\.0\.113\.24\nTime: 22 November 2026 at 09:00 UTC$/m,
    )
  })

  it('show the new address masked, also where it has no local part', () => {
    const notice = (new_email: string) =>
      securityNoticeMail({ name: 'Ada', kind: 'email_changed', new_email })
    assert.match(notice('ada@example.com').text, /^New address: a\*\*\*@example\.com$/m)
    assert.match(notice('😀x@example.com').text, /^New address: 😀\*\*\*@example\.com$/m)
    assert.match(notice('@example.com').text, /^New address: \*\*\*@example\.com$/m)
  })
})

describe('greetingName', () => {
  it('keeps names with dots that are no links', () => {
    for (const name of ['Dr. Who', 'J.R.R. Tolkien', 'J. Doe Jr.', 'Ana María', "O'Neil"])
      assert.equal(greetingName(name), name)
  })

  it('drops what a mail program would link', () => {
    for (const name of ['evil.example', 'http://x', 'WWW.x', 'me@x', 'go to evil。example', 'x evil.io y']) {
      assert.equal(greetingName(name), '')
    }
  })
})

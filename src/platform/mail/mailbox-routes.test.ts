import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { readConfig } from '../config.ts'
import { listMailbox, openMailboxMailer } from './mailbox.ts'
import { mailboxRoutes } from './mailbox-routes.ts'
import type { Mailer } from './mailer.ts'

let folder = ''
let app: FastifyInstance
let mailer: Mailer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailbox-'))
  mailer = openMailboxMailer(folder, { now: () => new Date('2026-11-22T09:00:00.000Z') })
  app = fastify()
  const config = readConfig({ APP_ENV: 'test', DATA_FOLDER: folder })
  await app.register(mailboxRoutes({ folder, config }))
})
afterEach(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const CODE_MAIL = {
  id: 'code',
  to: 'ada@example.com',
  subject: 'Your code',
  text: 'Hello,\n\n042917\n\nBye',
  html: '<p>042917</p>',
}
const NEWS_MAIL = {
  id: 'news',
  to: 'eve@example.com',
  subject: 'News',
  text: 'No code: 1234567',
  html: '<p>News</p>',
}

async function keyOf(id: string): Promise<string> {
  const entry = (await listMailbox(folder)).find(({ mail }) => mail.id === id)
  return entry?.key ?? ''
}

describe('GET /dev/mailbox', () => {
  it('answers the mails as JSON, newest first, where JSON is accepted', async () => {
    await mailer.send(CODE_MAIL)
    await mailer.send(NEWS_MAIL)
    const answer = await app.inject({ url: '/dev/mailbox', headers: { accept: 'application/json' } })
    const created_at = '2026-11-22T09:00:00.000Z'
    assert.deepEqual(answer.json(), {
      mails: [
        { ...NEWS_MAIL, created_at },
        { ...CODE_MAIL, created_at },
      ],
    })
    assert.equal(answer.headers['cache-control'], 'no-store')
  })

  it('answers a page to a browser and to who asks for nothing', async () => {
    for (const headers of [{ accept: 'text/html,application/json;q=0.9,*/*' }, {}]) {
      const answer = await app.inject({ url: '/dev/mailbox', headers })
      assert.match(String(answer.headers['content-type']), /^text\/html/)
      assert.match(answer.body, /No mail yet/)
    }
  })

  it('allows its page nothing but its own script, style and frame', async () => {
    await mailer.send(CODE_MAIL)
    const { headers, body } = await app.inject('/dev/mailbox')
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.doesNotMatch(body, /<style|style=|<script>|onclick/)
    for (const [, address = ''] of body.matchAll(/(?:src|href)="([^"]+)"/g))
      assert.match(address, /^(\/dev\/mailbox|data:,)/)
  })

  it('shows the newest mail, and the one that the address names, with its code in full sight', async () => {
    await mailer.send(CODE_MAIL)
    await mailer.send(NEWS_MAIL)
    const newest = await app.inject('/dev/mailbox')
    assert.match(newest.body, /<h1>News<\/h1>/)
    assert.match(newest.body, /class="list"/)
    assert.match(newest.body, /2 mails/)
    assert.doesNotMatch(newest.body, /data-code/)
    const chosen = await app.inject(`/dev/mailbox?mail=${await keyOf('code')}`)
    assert.match(chosen.body, /<h1>Your code<\/h1>/)
    assert.match(chosen.body, /class="mail"/)
    assert.match(chosen.body, /<code>042917<\/code><button type="button" data-code="042917">/)
  })

  it('falls back to the newest where the named mail is gone', async () => {
    await mailer.send(CODE_MAIL)
    const { body } = await app.inject('/dev/mailbox?mail=gone')
    assert.match(body, /<h1>Your code<\/h1>/)
    assert.match(body, /1 mail</)
  })

  it('escapes every value of a mail', async () => {
    const bad = '"><script>alert(1)</script>'
    await mailer.send({ id: bad, to: bad, subject: bad, text: `</pre>${bad}`, html: bad })
    const { body } = await app.inject('/dev/mailbox')
    assert.doesNotMatch(body, /<script>|"><script/)
    assert.equal(body.split('&quot;&gt;&lt;script&gt;').length - 1, 6)
  })
})

describe('GET /dev/mailbox/mails/:key', () => {
  it('answers the mail as it is, in a sandbox without scripts', async () => {
    await mailer.send(CODE_MAIL)
    const answer = await app.inject(`/dev/mailbox/mails/${await keyOf('code')}`)
    assert.equal(answer.body, CODE_MAIL.html)
    assert.match(String(answer.headers['content-type']), /^text\/html/)
    assert.match(String(answer.headers['content-security-policy']), /^sandbox;default-src 'none';/)
  })

  it('answers 404 where there is no such mail', async () => {
    const answer = await app.inject('/dev/mailbox/mails/..%2f..%2fpasswd')
    assert.equal(answer.statusCode, 404)
  })
})

describe('what the page loads', () => {
  it('is served, with its own types', async () => {
    const script = await app.inject('/dev/mailbox/page.js')
    assert.match(String(script.headers['content-type']), /^text\/javascript/)
    const style = await app.inject('/dev/mailbox/page.css')
    assert.match(String(style.headers['content-type']), /^text\/css/)
  })

  it('has a version that changes with each mail, and that the page knows', async () => {
    const before = (await app.inject('/dev/mailbox/version')).body
    await mailer.send(CODE_MAIL)
    const later = (await app.inject('/dev/mailbox/version')).body
    assert.notEqual(later, before)
    const { body } = await app.inject('/dev/mailbox')
    assert.match(body, new RegExp(`data-version="${later}"`))
  })
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { findMail, listMailbox, listMails, mailboxVersion, openMailboxMailer } from './mailbox.ts'
import { type Mail, MailError } from './mailer.ts'

const NOON = new Date('2026-11-22T12:00:00.000Z')
const clock = { now: () => NOON }

let root = ''
let folder = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mailbox-'))
  folder = join(root, 'mailbox')
})
afterEach(() => rm(root, { recursive: true }))

function mail(id: string): Mail {
  return { id, to: 'ada@example.com', subject: `Mail ${id}`, text: 'text', html: '<p>html</p>' }
}

/** Another process that sends mails of these ids, all at once. */
async function sendFromElsewhere(ids: string[]): Promise<void> {
  const script = `
    import { openMailboxMailer } from ${JSON.stringify(new URL('./mailbox.ts', import.meta.url).href)}
    const [folder, ids] = process.argv.slice(1)
    const mailer = openMailboxMailer(folder)
    const mail = { to: 'ada@example.com', subject: 's', text: 't', html: 'h' }
    await Promise.all(JSON.parse(ids).map((id) => mailer.send({ id, ...mail })))`
  await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    folder,
    JSON.stringify(ids),
  ])
}

describe('the development mailbox', () => {
  it('is empty before the first mail', async () => {
    assert.deepEqual(await listMails(folder), [])
    assert.equal(await mailboxVersion(folder), '0-empty')
    assert.equal(await findMail(folder, 'unknown'), undefined)
  })

  it('lists what was sent, newest first, also within one millisecond', async () => {
    const mailer = openMailboxMailer(folder, clock)
    for (const id of ['a', 'b', 'c']) await mailer.send(mail(id))
    assert.deepEqual(await listMails(folder), [
      { ...mail('c'), created_at: NOON.toISOString() },
      { ...mail('b'), created_at: NOON.toISOString() },
      { ...mail('a'), created_at: NOON.toISOString() },
    ])
    await mailer.close()
  })

  it('lists the newest first also where two processes wrote them within one millisecond', async () => {
    const [one, other] = [openMailboxMailer(folder, clock), openMailboxMailer(folder, clock)]
    for (const id of ['a', 'b', 'c']) await one.send(mail(id))
    for (const id of ['d', 'e']) await other.send(mail(id))
    const ids = (await listMails(folder)).map(({ id }) => id)
    assert.deepEqual(ids, ['e', 'd', 'c', 'b', 'a'])
  })

  it('orders by time where the clock moves on and the process starts anew', async () => {
    const first = openMailboxMailer(folder, clock)
    for (const id of ['a', 'b']) await first.send(mail(id))
    await openMailboxMailer(folder, { now: () => new Date(NOON.getTime() + 1) }).send(mail('c'))
    assert.deepEqual(
      (await listMails(folder)).map(({ id }) => id),
      ['c', 'b', 'a'],
    )
  })

  it('finds a mail by the key of its entry, and has another version with each mail', async () => {
    const mailer = openMailboxMailer(folder)
    await mailer.send(mail('a'))
    const version = await mailboxVersion(folder)
    await mailer.send(mail('b'))
    assert.notEqual(await mailboxVersion(folder), version)
    for (const entry of await listMailbox(folder))
      assert.deepEqual(await findMail(folder, entry.key), entry.mail)
  })

  it('keeps one mail of an id that is sent twice, one after the other or at once', async () => {
    const mailer = openMailboxMailer(folder)
    await mailer.send(mail('a'))
    await mailer.send({ ...mail('a'), subject: 'again' })
    await Promise.all(Array.from({ length: 20 }, () => mailer.send(mail('b'))))
    const mails = await listMails(folder)
    assert.deepEqual(
      mails.map(({ subject }) => subject),
      ['Mail b', 'Mail a'],
    )
  })

  it('keeps the newest 500', async () => {
    const mailer = openMailboxMailer(folder)
    for (let number = 0; number < 510; number += 1) await mailer.send(mail(`${number}`))
    const mails = await listMails(folder)
    assert.equal(mails.length, 500)
    assert.equal(mails[0]?.id, '509')
    assert.equal(mails.at(-1)?.id, '10')
    assert.equal((await readdir(folder)).length, 500)
  })

  it('takes mails of two processes at once, each mail once', async () => {
    const ids = Array.from({ length: 60 }, (_, number) => `${number}`)
    await Promise.all([sendFromElsewhere(ids.slice(0, 40)), sendFromElsewhere(ids.slice(20))])
    const found = (await listMails(folder)).map(({ id }) => id)
    assert.deepEqual(new Set(found), new Set(ids))
    assert.equal(found.length, ids.length)
    assert.ok((await readdir(folder)).every((name) => name.endsWith('.json') && !name.startsWith('.')))
  })

  it('passes over files that are broken, gone or not its own', async () => {
    await openMailboxMailer(folder, clock).send(mail('a'))
    const name = (digit: string) => join(folder, `20261122T130000000Z-000000001-${digit.repeat(24)}.json`)
    await writeFile(name('1'), '{"id": "cut o')
    await writeFile(name('2'), '{"id": 1}')
    await symlink(join(folder, 'gone'), name('3'))
    await writeFile(join(folder, 'notes.txt'), 'mine')
    assert.deepEqual(
      (await listMails(folder)).map(({ id }) => id),
      ['a'],
    )
    assert.equal(await findMail(folder, '1'.repeat(24)), undefined)
  })

  it('keeps a mail of any id inside its folder, readable by its owner alone', {
    skip: process.platform === 'win32',
  }, async () => {
    await openMailboxMailer(folder).send(mail('../../escape\0'))
    const [name = ''] = await readdir(folder)
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
    assert.deepEqual(await readdir(root), ['mailbox'])
  })

  it('says so where the folder cannot be written, and may be retried', async () => {
    await writeFile(folder, 'a file in the way')
    await assert.rejects(
      openMailboxMailer(folder).send(mail('a')),
      (error) => error instanceof MailError && error.retryable,
    )
  })
})

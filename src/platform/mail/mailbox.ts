import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { type Clock, systemClock } from '../clock.ts'
import { type Mail, MailError, type Mailer } from './mailer.ts'

const StoredMail = Type.Object({
  id: Type.String(),
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  /** ISO-8601, UTC. */
  created_at: Type.String(),
})
export type StoredMail = Static<typeof StoredMail>

/** A mail and the name under which its page is reached. */
export type MailboxEntry = { key: string; mail: StoredMail }

const KEPT_MAILS = 500
/** Time, order within one millisecond, and a digest of the mail's id, which may not be fit for a file name. */
const FILE_NAME = /^(\d{8}T\d{9}Z)-(\d{9})-([0-9a-f]{24})\.json$/

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 24)
}

function keyOf(fileName: string): string {
  return fileName.replace(FILE_NAME, '$3')
}

/** The names of the mails, newest first; of two files of one mail, which two processes can write, the older counts. */
async function mailFiles(folder: string): Promise<{ all: string[]; byKey: Map<string, string> }> {
  const names = await readdir(folder).catch(() => [])
  const all = names
    .filter((name) => FILE_NAME.test(name))
    .sort()
    .reverse()
  return { all, byKey: new Map(all.map((name) => [keyOf(name), name])) }
}

async function readMail(folder: string, name: string): Promise<StoredMail | undefined> {
  try {
    const mail: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'))
    return Value.Check(StoredMail, mail) ? mail : undefined
  } catch {
    // Pruned since it was listed, or not written by us.
    return undefined
  }
}

/** The mails with their keys, newest first. Broken files are passed over; a folder that is not there is empty. */
export async function listMailbox(folder: string): Promise<MailboxEntry[]> {
  const { all, byKey } = await mailFiles(folder)
  const files = [...byKey].sort((a, b) => all.indexOf(a[1]) - all.indexOf(b[1]))
  const entries = await Promise.all(
    files.map(async ([key, name]) => ({ key, mail: await readMail(folder, name) })),
  )
  return entries.flatMap(({ key, mail }) => (mail === undefined ? [] : [{ key, mail }]))
}

/** The mails that were "sent", newest first. */
export async function listMails(folder: string): Promise<StoredMail[]> {
  return (await listMailbox(folder)).map(({ mail }) => mail)
}

/** The mail of that key, if it is still there. */
export async function findMail(folder: string, key: string): Promise<StoredMail | undefined> {
  const name = (await mailFiles(folder)).byKey.get(key)
  return name === undefined ? undefined : readMail(folder, name)
}

/** Changes whenever a mail arrives or goes. */
export async function mailboxVersion(folder: string): Promise<string> {
  const { all } = await mailFiles(folder)
  return `${all.length}-${all[0] ?? 'empty'}`
}

/** A name behind those of all mails that are there, whichever process wrote them and however fast. */
function fileName(mail: StoredMail, all: string[]): string {
  const time = mail.created_at.replace(/[-:.]/g, '')
  const newest = all.find((name) => name.startsWith(time))
  const sequence = newest === undefined ? 1 : Number(newest.replace(FILE_NAME, '$2')) + 1
  return `${time}-${String(sequence).padStart(9, '0')}-${digestOf(mail.id)}.json`
}

async function storeMail(folder: string, mail: StoredMail): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const before = await mailFiles(folder)
  if (before.byKey.has(digestOf(mail.id))) return
  const name = fileName(mail, before.all)
  const unfinished = join(folder, `.${randomUUID()}.unfinished`)
  await writeFile(unfinished, JSON.stringify(mail, null, 2), { mode: 0o600 })
  await rename(unfinished, join(folder, name))
  const { all } = await mailFiles(folder)
  await Promise.all(all.slice(KEPT_MAILS).map((old) => rm(join(folder, old), { force: true })))
}

/**
 * The mailer of development: one JSON file a mail, the newest 500 kept. Several processes may share the folder: a file
 * appears whole or not at all, and its name decides its place.
 */
export function openMailboxMailer(folder: string, clock: Clock = systemClock): Mailer {
  return {
    async send({ id, to, subject, text, html }: Mail) {
      const mail = { id, to, subject, text, html, created_at: clock.now().toISOString() }
      try {
        await storeMail(folder, mail)
      } catch (error) {
        throw new MailError(`mailbox: ${error}`, { retryable: true })
      }
    },
    async close() {},
  }
}

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createClient } from '../client.ts'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { codeIn } from '../mail-outages.ts'
import { makePerson } from '../people.ts'
import { startResendServer } from '../resend-server.ts'
import { startSmtpServer } from '../smtp-server.ts'
import { type HalfReplies, startHalfReplies } from './half-replies.ts'
import { assertSound } from './invariants.ts'
import { SESSION_CAP, type Service, startService, waitForEveryJob } from './service.ts'

/** After its return: the next try of a mail that failed once or twice, and what a try takes. */
const HEALED_WITHIN_MS = 15_000

const FAILED = /"msg":"mail failed"/

type Taken = { key: string; text: string }

/** A way in which a provider fails, until it does not. */
type Trouble = {
  name: string
  begin(): void | Promise<void>
  end(): void | Promise<void>
  /** What the log says of the mail that failed. */
  said: RegExp
  /** How often the mail may be taken. */
  atMost: number
}

/** The service over a database of its own, with one provider. */
type Provided = { database: TestDatabase; service: Service; close(): Promise<void> }

async function provide(env: Record<string, string>): Promise<Provided> {
  const database = await createTestDatabase()
  const service = await startService({ databaseUrl: database.url, env })
  const close = async () => {
    await service.close()
    await database.drop()
  }
  return { database, service, close }
}

/** Registers somebody during the trouble; the code must come soon after it, and be good. */
async function assertMailed(
  { service }: Provided,
  { begin, end, said, atMost }: Trouble,
  taken: (to: string) => Taken[],
): Promise<string> {
  const failedBefore = service.web.lines.filter((line) => FAILED.test(line)).length
  await begin()
  const client = createClient(service)
  const person = makePerson()
  const { status, data } = await client.post('/auth/register', person)
  assert.equal(status, 201)
  const failed = await service.web.matching(FAILED, failedBefore + 1)
  assert.match(failed.at(-1) ?? '', said)
  await end()
  const ended = performance.now()
  await waitForEveryJob(service.databaseUrl)
  const healedMs = Math.round(performance.now() - ended)
  assert.ok(healedMs < HEALED_WITHIN_MS, `mailed after ${healedMs} ms`)
  const mails = taken(person.email)
  assert.equal(new Set(mails.map(({ key }) => key)).size, 1, 'it is one mail')
  assert.ok(mails.length <= atMost, `it was taken ${mails.length} times`)
  const identifier: string = data.user.id
  const verified = await client.post('/auth/verify', {
    identifier,
    verification_code: codeIn(mails[0]?.text),
  })
  assert.equal(verified.status, 200)
  return `mailed ${healedMs} ms after the trouble, taken ${mails.length} times`
}

describe('when the mail provider', { concurrency: true }, () => {
  describe('speaks SMTP and', { concurrency: false }, () => {
    let smtp: Awaited<ReturnType<typeof startSmtpServer>>
    let way: HalfReplies
    let provided: Provided
    before(async () => {
      smtp = await startSmtpServer()
      way = await startHalfReplies(smtp.url)
      provided = await provide({ SMTP_URL: way.url })
    })
    after(async () => {
      await provided.close()
      way.close()
      await smtp.stop()
    })
    const troubles: Trouble[] = [
      {
        name: 'is down',
        begin: () => smtp.stop(),
        end: () => smtp.start(),
        said: /"attempt":1,"last":false.*SMTP: /,
        atMost: 1,
      },
      {
        name: 'says nothing',
        begin: () => smtp.behave({ kind: 'silent' }),
        end: () => smtp.behave({ kind: 'accept' }),
        said: /SMTP: .*(?:timeout|aborted|never)/i,
        atMost: 1,
      },
      {
        name: 'hangs up in the middle of saying that it took the mail',
        begin: () => way.breakReplies(true),
        end: () => way.breakReplies(false),
        said: /SMTP: .*clos/,
        atMost: 4,
      },
    ]
    for (const trouble of troubles) {
      it(`${trouble.name}, the mail comes once it does not, under one Message-ID`, async (t) => {
        const taken = (to: string) =>
          smtp.mails.filter((mail) => mail.to[0] === to).map(({ messageId: key, text }) => ({ key, text }))
        t.diagnostic(await assertMailed(provided, trouble, taken))
        await assertSound(provided.database.url, SESSION_CAP)
      })
    }
  })

  describe('is Resend and', { concurrency: false }, () => {
    let resend: Awaited<ReturnType<typeof startResendServer>>
    let provided: Provided
    before(async () => {
      resend = await startResendServer()
      provided = await provide({
        MAIL_TRANSPORT: 'resend',
        RESEND_API_TOKEN: resend.token,
        RESEND_BASE_URL: resend.url,
      })
    })
    after(async () => {
      await provided.close()
      await resend.stop()
    })
    const troubles: Trouble[] = [
      {
        name: 'is down',
        begin: () => resend.stop(),
        end: () => resend.start(),
        said: /"attempt":1,"last":false.*Resend: no answer/,
        atMost: 1,
      },
      {
        name: 'says nothing',
        begin: () => resend.behave({ kind: 'silent' }),
        end: () => resend.behave({ kind: 'accept' }),
        said: /Resend: no answer/,
        atMost: 1,
      },
      {
        name: 'hangs up in the middle of saying that it took the mail',
        begin: () => resend.behave({ kind: 'half-an-answer' }),
        end: () => resend.behave({ kind: 'accept' }),
        said: /Resend: no answer/,
        atMost: 1,
      },
    ]
    for (const trouble of troubles) {
      it(`${trouble.name}, the mail comes once`, async (t) => {
        const taken = (to: string) =>
          resend.mails
            .filter((mail) => mail.to[0] === to)
            .map(({ idempotencyKey: key, text }) => ({ key, text }))
        t.diagnostic(await assertMailed(provided, trouble, taken))
        await assertSound(provided.database.url, SESSION_CAP)
      })
    }
  })
})

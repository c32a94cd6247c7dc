import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createClient } from '../client.ts'
import { createTestDatabase } from '../database.ts'
import { codeIn } from '../mail-outages.ts'
import { makePerson } from '../people.ts'
import { startResendServer } from '../resend-server.ts'
import { assertSound } from './invariants.ts'
import { eventually, SESSION_CAP, type Service, startService, waitForEveryJob } from './service.ts'

/** A process that is gone is missed after 20 seconds, by one that looks every five. */
const HEALED_WITHIN_MS = 30_000

async function provide(t: TestContext, env: Record<string, string> = {}): Promise<Service> {
  const database = await createTestDatabase()
  const service = await startService({ databaseUrl: database.url, separateWorker: true, env })
  t.after(async () => {
    await service.close()
    await database.drop()
  })
  return service
}

/**
 * Kills the job process in the middle of the mail of a registration, and starts another.
 * @param reached whether the mail is in the middle
 * @param free lets the provider behave again
 */
async function killInTheMiddle(
  service: Service,
  reached: () => boolean,
  free: () => void,
): Promise<{ to: string; verify(text: string | undefined): Promise<number>; healedMs: number }> {
  const client = createClient(service)
  const person = makePerson()
  const { status, data } = await client.post('/auth/register', person)
  assert.equal(status, 201)
  await eventually(async () => reached())
  service.worker?.signal('SIGKILL')
  await service.worker?.ended
  free()
  const begun = performance.now()
  service.replaceWorker()
  await waitForEveryJob(service.databaseUrl)
  const healedMs = Math.round(performance.now() - begun)
  assert.ok(healedMs < HEALED_WITHIN_MS, `mailed after ${healedMs} ms`)
  await service.worker?.line(/"mail":"verification".*"msg":"mail sent"/)
  await assertSound(service.databaseUrl, SESSION_CAP)
  const verify = async (text: string | undefined) => {
    const body = { identifier: data.user.id, verification_code: codeIn(text) }
    return (await client.post('/auth/verify', body)).status
  }
  return { to: person.email, verify, healedMs }
}

describe('a job process that is killed in the middle of a mail', { concurrency: true }, () => {
  it('before the SMTP server took it leaves it to the next, which sends it once', async (t) => {
    const service = await provide(t)
    const { smtp } = service
    smtp.behave({ kind: 'silent' })
    const reached = () => smtp.connections > 0
    const { verify, healedMs } = await killInTheMiddle(service, reached, () =>
      smtp.behave({ kind: 'accept' }),
    )
    t.diagnostic(`mailed ${healedMs} ms after the next began`)
    assert.equal(smtp.mails.length, 1)
    assert.equal(await verify(smtp.mails[0]?.text), 200)
  })

  it('before the SMTP server could say that it took it has it sent twice, with the same Message-ID and code', async (t) => {
    const service = await provide(t)
    const { smtp } = service
    smtp.behave({ kind: 'accept-silently' })
    const reached = () => smtp.mails.length > 0
    const { verify, healedMs } = await killInTheMiddle(service, reached, () =>
      smtp.behave({ kind: 'accept' }),
    )
    t.diagnostic(`mailed ${healedMs} ms after the next began`)
    const [first, second] = smtp.mails
    assert.equal(smtp.mails.length, 2)
    assert.equal(first?.messageId, second?.messageId)
    assert.equal(codeIn(first?.text), codeIn(second?.text))
    assert.equal(await verify(first?.text), 200)
  })

  it('before Resend could say that it took it has it sent once', async (t) => {
    const resend = await startResendServer()
    t.after(() => resend.stop())
    resend.behave({ kind: 'accept-silently' })
    const service = await provide(t, {
      MAIL_TRANSPORT: 'resend',
      RESEND_API_TOKEN: resend.token,
      RESEND_BASE_URL: resend.url,
    })
    const reached = () => resend.mails.length > 0
    const { verify, healedMs } = await killInTheMiddle(service, reached, () =>
      resend.behave({ kind: 'accept' }),
    )
    t.diagnostic(`mailed ${healedMs} ms after the next began`)
    assert.equal(resend.requests, 2)
    assert.equal(resend.mails.length, 1)
    assert.equal(await verify(resend.mails[0]?.text), 200)
  })
})

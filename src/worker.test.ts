import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { createTestDatabase, type TestDatabase } from '../test/database.ts'
import { makePerson } from '../test/people.ts'
import { killProgram, PRODUCTION, type Program, startProgram } from '../test/programs.ts'
import { startSmtpServer, type TestSmtpServer } from '../test/smtp-server.ts'
import { until } from '../test/until.ts'
import { jobs } from './platform/jobs/jobs.ts'

let database: TestDatabase
let smtp: TestSmtpServer
before(async () => {
  database = await createTestDatabase()
  smtp = await startSmtpServer()
})
after(async () => {
  await smtp.stop()
  await database.drop()
})

function startWorker(t: TestContext, env: Record<string, string> = {}): Program {
  const settings = { ...PRODUCTION, DATABASE_URL: database.url, SMTP_URL: smtp.url, ...env }
  const program = startProgram(['src/worker.ts'], { env: settings })
  t.after(() => killProgram(program))
  return program
}

/** A job that mails a welcome. */
async function addMail(): Promise<string> {
  const { email, name, username } = makePerson()
  const notice = { kind: 'welcome', to: email, name, username }
  await jobs.add(database.db, 'send_notice', { id: username, notice })
  return email
}

async function count(statement: string): Promise<number> {
  const { rows } = await database.pool.query(`SELECT count(*)::int AS n FROM ${statement}`)
  return rows[0].n
}

describe('the job process', () => {
  it('sends what the web process left to it, and ends on SIGTERM with exit 0', async (t) => {
    const email = await addMail()
    const program = startWorker(t)
    await program.line(/"msg":"mail sent"/)
    assert.deepEqual(
      smtp.mails.map(({ to }) => to),
      [[email]],
    )
    program.signal('SIGTERM')
    assert.deepEqual(await program.ended, { code: 0, signal: null })
    assert.equal(await count('job_processes'), 0)
  })

  it('that is killed in the middle of a mail leaves it to another, once it is missed', async (t) => {
    const hanging = await startSmtpServer()
    t.after(() => hanging.stop())
    hanging.behave({ kind: 'silent' })
    const email = await addMail()
    const victim = startWorker(t, { SMTP_URL: hanging.url })
    await until(async () => hanging.connections === 1 && (await count('job_processes')) === 1)
    victim.signal('SIGKILL')
    assert.deepEqual(await victim.ended, { code: null, signal: 'SIGKILL' })
    assert.equal(await count('graphile_worker.jobs WHERE locked_at IS NOT NULL'), 1)
    await database.pool.query("UPDATE job_processes SET seen_at = now() - interval '21 seconds'")
    const heir = startWorker(t)
    await heir.line(/"msg":"mail sent"/)
    assert.deepEqual(smtp.mails.at(-1)?.to, [email])
    heir.signal('SIGTERM')
    assert.deepEqual(await heir.ended, { code: 0, signal: null })
    assert.equal(await count('graphile_worker.jobs'), 0)
  })

  it('for backtests and imports alone starts with the database alone, and leaves mails to others', async (t) => {
    const email = await addMail()
    const env = { APP_ENV: 'production', DATABASE_URL: database.url, WORKER_JOBS: 'trading' }
    const trading = startProgram(['src/worker.ts'], { env })
    t.after(() => killProgram(trading))
    await trading.line(/for backtests and imports alone/)
    await jobs.add(database.db, 'prune_market_data', {})
    await until(
      async () => (await count("graphile_worker.jobs WHERE task_identifier = 'prune_market_data'")) === 0,
    )
    trading.signal('SIGTERM')
    assert.deepEqual(await trading.ended, { code: 0, signal: null })
    assert.equal(await count("graphile_worker.jobs WHERE task_identifier = 'send_notice'"), 1)
    const other = startWorker(t)
    await other.line(/"msg":"mail sent"/)
    assert.deepEqual(smtp.mails.at(-1)?.to, [email])
    other.signal('SIGTERM')
    await other.ended
  })

  it('refuses to start with settings that are wrong', async (t) => {
    const program = startWorker(t, { SMTP_URL: '' })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.match(program.lines.join('\n'), /MAIL_TRANSPORT must be resend/)
  })

  it('needs a database that is named, in development too', async (t) => {
    const program = startWorker(t, { APP_ENV: 'test', DATABASE_URL: '' })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.match(program.lines.join('\n'), /DATABASE_URL is needed here/)
    assert.doesNotMatch(program.lines.join('\n'), /\bat .*\.ts/)
  })
})

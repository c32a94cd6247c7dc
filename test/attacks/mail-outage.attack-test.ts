import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createClient } from '../client.ts'
import { codeIn, register, tryAgain, verify } from '../mail-outages.ts'
import { logIn, OTHER_PASSWORD, type Person } from '../people.ts'
import { startResendServer } from '../resend-server.ts'
import { tally, useInstances } from './instances.ts'
import { isLong } from './long.ts'

const resend = await startResendServer()
const instances = useInstances({
  env: { MAIL_TRANSPORT: 'resend', RESEND_API_TOKEN: resend.token, RESEND_BASE_URL: resend.url },
})
after(() => resend.stop())

describe('23. a mail provider that is down stops registrations, loses mail, or leaves old codes alive', () => {
  const mailsTo = ({ email }: Person) => resend.mails.filter(({ to }) => to.includes(email))

  it('ten minutes: every request succeeds, what still means something arrives once, only the newest code works', async () => {
    const { app } = instances
    const owner = await register(app)
    assert.equal(await verify(owner, codeIn(mailsTo(owner.person)[0]?.text)), 200)
    await app.jobsDone()
    const welcomed = resend.mails.length
    await resend.stop()
    const [early, again, late] = [await register(app), await register(app), await register(app)]
    for (let minute = 0; minute < 10; minute += 1) {
      app.clock.advance(60)
      const answers = await Promise.all([
        again.client.post('/auth/resend-verification', { identifier: again.id }),
        createClient(app).post('/auth/forgot-password', { identifier: owner.person.email }),
        logIn(app, owner.person, owner.client),
      ])
      assert.deepEqual(tally(answers), { 200: 3 })
      if (isLong) await setTimeout(60_000)
      else await tryAgain(app)
    }
    assert.equal((await logIn(app, owner.person)).status, 200, 'a new device, which its owner is told')
    await app.jobsDone()
    await resend.start()
    await tryAgain(app)
    const [first, second] = [mailsTo(early.person), mailsTo(again.person)]
    assert.deepEqual([first.length, second.length, mailsTo(late.person).length], [1, 1, 1])
    assert.equal(await verify(early, codeIn(first[0]?.text)), 200)
    assert.equal(await verify(again, codeIn(second[0]?.text)), 200)
    const toOwner = resend.mails.slice(welcomed).filter(({ to }) => to.includes(owner.person.email))
    assert.deepEqual(toOwner.map(({ subject }) => subject).sort(), [
      'New sign-in to your CrypAlgos account',
      'Your CrypAlgos password reset code',
    ])
    const code = codeIn(toOwner.find(({ subject }) => /reset/.test(subject))?.text)
    const reset = { identifier: owner.person.email, verification_code: code, new_password: OTHER_PASSWORD }
    assert.equal((await createClient(app).post('/auth/reset-password', reset)).status, 200)
  })

  it('longer than its code lives: the dead code is not mailed, a notice is', async () => {
    const { app } = instances
    const owner = await register(app)
    assert.equal(await verify(owner, codeIn(mailsTo(owner.person)[0]?.text)), 200)
    await app.jobsDone()
    await resend.stop()
    const waiting = await register(app)
    assert.equal((await logIn(app, owner.person)).status, 200)
    await app.jobsDone()
    app.clock.advance(1_801)
    await resend.start()
    await tryAgain(app)
    assert.equal(mailsTo(waiting.person).length, 0)
    assert.equal(mailsTo(owner.person).filter(({ subject }) => /New sign-in/.test(subject)).length, 1)
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { beginSignInAttempt } from './sign-in-limits.ts'

let app: TestApp
before(async () => {
  app = await startTestApp()
})
after(() => app.close())

const clientAt = (number: number) => {
  const ip = `198.51.100.${number}`
  return { ip, addressKey: ip, userAgent: 'Unknown' }
}

describe('an attempt to sign in, once there were too many failures in a day', () => {
  it('is refused as such where it cannot be found out whether the device is known', async () => {
    const identifier = 'ada@example.com'
    for (let number = 0; number < 100; number++) {
      const attempt = await beginSignInAttempt(
        app.platform,
        { client: clientAt(number), identifier },
        assert.fail,
      )
      await attempt.fail()
    }
    const ask = (isKnownDevice: () => Promise<boolean>) =>
      beginSignInAttempt(app.platform, { client: clientAt(200), identifier }, isKnownDevice)
    await assert.rejects(
      ask(() => Promise.reject(new Error('the database is away'))),
      { code: 'rate_limited' },
    )
    await assert.rejects(
      ask(() => Promise.resolve(false)),
      { code: 'rate_limited' },
    )
    await (await ask(() => Promise.resolve(true))).giveBack()
  })
})

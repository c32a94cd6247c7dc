import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'

let app: TestApp

before(async () => {
  app = await startTestApp({ env: { CORS_ALLOWED_ORIGINS: 'http://localhost:3000' } })
})

after(() => app.close())

// By SameSite the browser sends no cookie from there, but it would obey a Set-Cookie in the answer to a form.
test('a page of another site that posts a form clears no cookies of the browser, though none came along', async () => {
  const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const [path, status] of [
    ['/auth/logout', 200],
    ['/auth/refresh', 400],
  ] as const) {
    const answer = await createClient(app).post(path, undefined, { headers })
    assert.equal(answer.status, status)
    assert.deepEqual(answer.setCookies, {})
  }
})

test('an allowed page, and a program, have their cookies cleared by a logout and by a refused refresh', async () => {
  for (const headers of [{ origin: 'http://localhost:3000' }, { 'sec-fetch-site': 'same-origin' }, {}]) {
    for (const path of ['/auth/logout', '/auth/refresh']) {
      const { setCookies } = await createClient(app).post(path, undefined, { headers })
      assert.deepEqual(Object.keys(setCookies), ['access_token', 'refresh_token'])
    }
  }
})

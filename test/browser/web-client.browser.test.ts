import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import type { Browser } from 'playwright-core'
import { startTestApp, type TestApp } from '../app.ts'
import { logIn, makePerson, PASSWORD, readCode } from '../people.ts'
import { evaluate, openBrowser, openTab } from './browser.ts'
import { openClient, openMember, register } from './client-page.ts'
import { serveWebClient, type WebServer } from './web-server.ts'

const ACCESS_SECONDS = 30 * 60

let app: TestApp
let web: WebServer
let browser: Browser

before(async () => {
  web = await serveWebClient(() => app.url.replace('127.0.0.1', 'localhost'))
  app = await startTestApp({ env: { CORS_ALLOWED_ORIGINS: web.origin } })
  browser = await openBrowser()
})

after(async () => {
  await browser.close()
  await app.close()
  await web.close()
})

test('somebody registers, enters the code of the mail, and is signed in, also after a reload', async () => {
  const client = await openClient(await openTab(browser), web.origin)
  const person = makePerson({ name: 'Grace Hopper' })
  await register(client, person)
  await client.fill({ Code: await readCode(app, person.email) })
  await client.press('Verify')
  await client.sees('Your account is verified. Welcome.')
  await client.reload()
  await client.sees('Welcome back, Grace Hopper.')
  assert.equal(await client.page.getByLabel('E-mail', { exact: true }).inputValue(), person.email)
  assert.deepEqual(client.calls, ['POST /auth/register 201', 'POST /auth/verify 200', 'GET /users/me 200'])
})

test('somebody signs out, and signs in again by username', async () => {
  const { client, person } = await openMember(app, browser, web.origin)
  await client.press('Sign out')
  await client.sees('You are signed out.')
  assert.deepEqual(await client.cookies(), {})
  await client.fill({ 'E-mail or username': person.username, Password: PASSWORD })
  await client.press('Sign in')
  await client.sees('Profile')
  assert.equal(client.calls.at(-1), 'POST /auth/login 200')
})

test('no script can read a cookie, and no answer holds a refresh token', async () => {
  const { client } = await openMember(app, browser, web.origin)
  app.clock.advance(ACCESS_SECONDS + 1)
  await client.press('List sessions')
  await client.sees('Sessions: 1')
  const { refresh_token: token } = await client.cookies()
  assert.ok(token)
  for (const body of await client.bodies()) assert.doesNotMatch(body, /refresh_token/)
  for (const body of await client.bodies()) assert.ok(!body.includes(token))
  // Cookies know no ports: what the API sets would be shown to this page, too.
  assert.equal(await evaluate(client.page, 'document.cookie'), '')
  await client.page.goto(`${app.url.replace('127.0.0.1', 'localhost')}/docs`)
  assert.equal(await evaluate(client.page, 'document.cookie'), '')
})

test('a wrong password is answered in a sentence, after one refresh that is refused without a loop', async () => {
  const client = await openClient(await openTab(browser), web.origin)
  await client.fill({ 'E-mail or username': 'nobody@example.com', Password: PASSWORD })
  await client.press('Sign in')
  await client.page.getByRole('alert').getByText('Sign in again.').waitFor()
  assert.deepEqual(client.calls, ['POST /auth/login 401', 'POST /auth/refresh 400'])
})

test('a wrong code and a bad field are answered in sentences that the client can show', async () => {
  const client = await openClient(await openTab(browser), web.origin)
  await register(client, makePerson())
  await client.fill({ Code: '000000' })
  await client.press('Verify')
  await client.sees('The code is wrong, used or expired.')
  await client.fill({ 'Your e-mail': 'no address' })
  await client.press('Register')
  await client.sees('The e-mail address is not valid.')
})

test('the profile page sends everything each time, and two people without a phone do not collide', async () => {
  for (const newName of ['Ada Lovelace', 'Ada King']) {
    const { client, person } = await openMember(app, browser, web.origin)
    await client.press('Save')
    await client.sees('Saved.')
    await client.fill({ Name: newName })
    await client.press('Save')
    await client.sees('Saved.')
    await client.reload()
    await client.sees(`Welcome back, ${newName}.`)
    const last = (await client.bodies()).at(-1) ?? ''
    const { email, username, phone, ...rest } = JSON.parse(last).data
    assert.deepEqual(
      { email, username, phone },
      { email: person.email, username: person.username, phone: null },
    )
    assert.ok(!('pending_email' in rest))
  }
})

test('an access token that expired is healed by one refresh, and the request is repeated', async () => {
  const { client } = await openMember(app, browser, web.origin)
  app.clock.advance(ACCESS_SECONDS + 1)
  client.calls.length = 0
  await client.press('List sessions')
  await client.sees('Sessions: 1')
  assert.deepEqual(client.calls, ['GET /sessions 401', 'POST /auth/refresh 200', 'GET /sessions 200'])
})

/** Waits until so many queries wait for a row that somebody else has locked. */
async function waitForBlocked(count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ blocked: number }>`
      SELECT count(*)::int AS blocked FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(app.platform.db)
    if (rows[0]?.blocked === count) return
  }
}

test('two tabs that refresh at the same moment both stay signed in', { timeout: 30_000 }, async () => {
  const { client } = await openMember(app, browser, web.origin)
  const other = await openClient(await client.page.context().newPage(), web.origin)
  await other.sees('Welcome back')
  app.clock.advance(ACCESS_SECONDS + 1)
  const tabs = [client, other]
  for (const tab of tabs) tab.calls.length = 0
  await app.platform.db.transaction().execute(async (tx) => {
    await sql`SELECT id FROM sessions FOR UPDATE`.execute(tx)
    for (const tab of tabs) await tab.press('List sessions')
    await waitForBlocked(2)
  })
  for (const tab of tabs) {
    await tab.sees('Sessions: 1')
    assert.deepEqual(tab.calls, ['GET /sessions 401', 'POST /auth/refresh 200', 'GET /sessions 200'])
  }
  app.clock.advance(ACCESS_SECONDS + 1)
  for (const tab of tabs) {
    await tab.press('Save')
    await tab.sees('Saved.')
  }
})

test('the list of sessions shows browsers and other programs, and one of them can be ended', async () => {
  const { client, person } = await openMember(app, browser, web.origin)
  await logIn(app, person)
  await client.press('List sessions')
  await client.sees('Sessions: 2')
  await client.sees('Chromium at 127.0.0.1 (this one)')
  const program = client.page.getByRole('listitem').filter({ hasText: 'another program' })
  await program.getByRole('button', { name: 'End' }).click()
  await client.sees('Sessions: 1')
  await client.sees('The session ended.')
})

test('"all others" ends every session but that of the page', async () => {
  const { client, person } = await openMember(app, browser, web.origin)
  const elsewhere = await openClient(await openTab(browser), web.origin)
  await elsewhere.fill({ 'E-mail or username': person.email, Password: PASSWORD })
  await elsewhere.press('Sign in')
  await elsewhere.sees('Profile')
  await client.press('Sign out all others')
  await client.sees('All other sessions ended.')
  await client.sees('Sessions: 1')
  elsewhere.calls.length = 0
  await elsewhere.press('Save')
  await elsewhere.page.getByRole('alert').getByText('Sign in again.').waitFor()
  assert.deepEqual(elsewhere.calls, ['PUT /users/me 401', 'POST /auth/refresh 400'])
  await client.press('Save')
  await client.sees('Saved.')
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { startTestApp, type TestApp } from '../app.ts'
import { evaluate, openBrowser } from './browser.ts'
import { type ClientPage, openMember } from './client-page.ts'
import { serveBlankPage, serveWebClient, type WebServer } from './web-server.ts'

let app: TestApp
let api: string
let web: WebServer
let foreign: WebServer
let browser: Browser

before(async () => {
  web = await serveWebClient(() => api)
  foreign = await serveBlankPage()
  app = await startTestApp({ env: { CORS_ALLOWED_ORIGINS: web.origin } })
  api = app.url.replace('127.0.0.1', 'localhost')
  browser = await openBrowser()
})

after(async () => {
  await browser.close()
  await app.close()
  await web.close()
  await foreign.close()
})

/** Cookies go along from another port, which is the same site, but not from another name. */
const places = () => [
  { name: 'another origin of the same site', address: foreign.origin },
  { name: 'another site', address: `http://127.0.0.1:${foreign.port}` },
]

async function isSignedIn({ page, sees }: ClientPage): Promise<void> {
  await page.bringToFront()
  await page.reload()
  await sees('Welcome back, Ada Byron.')
}

/** Sends a request as a page's script can; tells what the script learns. */
function tryFetch(page: Page, path: string, options: Record<string, unknown>): Promise<string> {
  const init = JSON.stringify({ credentials: 'include', ...options })
  return evaluate(page, `fetch('${api}/api/v1${path}', ${init}).then(({ type }) => type, () => 'refused')`)
}

test('a script of a foreign origin reads nothing and changes nothing with the cookies', async () => {
  const { client } = await openMember(app, browser, web.origin)
  const before = await client.cookies()
  for (const { name, address } of places()) {
    const page = await client.page.context().newPage()
    await page.goto(address)
    const json = { headers: { 'content-type': 'application/json' } }
    const attempts = [
      ['/users/me', {}],
      ['/sessions', {}],
      ['/users/me', { method: 'PUT', body: '{"name":"Mallory"}', ...json }],
      ['/users/me', { method: 'DELETE' }],
      ['/sessions', { method: 'DELETE' }],
      ['/auth/refresh', { method: 'POST', body: '{}', ...json }],
      ['/auth/logout', { method: 'POST', body: '{}', ...json }],
      ['/auth/logout', { method: 'POST' }],
    ] as const
    for (const [path, options] of attempts) {
      assert.equal(await tryFetch(page, path, options), 'refused', `${name}: ${path}`)
    }
    for (const path of ['/auth/logout', '/auth/refresh', '/sessions/cleanup']) {
      for (const body of ['', '{}']) {
        const blind = { method: 'POST', mode: 'no-cors', ...(body === '' ? {} : { body }) }
        assert.equal(await tryFetch(page, path, blind), 'opaque', `${name}: ${path}`)
      }
    }
    await page.close()
  }
  assert.deepEqual(await client.cookies(), before)
  await isSignedIn(client)
})

/** Posts a form of text/plain, which no browser asks about beforehand, and returns the status of the answer. */
async function submitForm(page: Page, action: string, field: string): Promise<number> {
  const answered = page.waitForResponse((response) => response.url() === action)
  await evaluate(
    page,
    `{
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', enctype: 'text/plain', action: '${action}' })
      form.innerHTML = '${field}'
      document.body.append(form)
      form.submit()
    }`,
  )
  const response = await answered
  await page.waitForURL(action)
  return response.status()
}

const NOTHING = ''
const JSON_TEXT = '<input name=\'{"a":"\' value=\'"}\'>'.replaceAll("'", "\\'")

test('a form of a foreign origin cannot sign anybody out or renew a session', async () => {
  const { client } = await openMember(app, browser, web.origin)
  const before = await client.cookies()
  const page = await client.page.context().newPage()
  const statuses: Record<string, number[]> = {}
  for (const { name, address } of places()) {
    const seen: number[] = []
    for (const path of ['/auth/logout', '/auth/refresh']) {
      for (const field of [NOTHING, JSON_TEXT]) {
        await page.goto(address)
        seen.push(await submitForm(page, `${api}/api/v1${path}`, field))
      }
    }
    statuses[name] = seen
  }
  assert.deepEqual(statuses, {
    'another origin of the same site': [403, 415, 403, 415],
    // The cookies stay at home: nobody is signed out, no session is found.
    'another site': [200, 415, 400, 415],
  })
  assert.deepEqual(await client.cookies(), before)
  await isSignedIn(client)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { startTestApp, type TestApp } from '../app.ts'
import { readCode, signUp } from '../people.ts'
import { collectProblems, DESKTOP, evaluate, openBrowser, openTab, PHONE } from './browser.ts'

let app: TestApp
let browser: Browser

before(async () => {
  app = await startTestApp()
  browser = await openBrowser()
})

after(async () => {
  await browser.close()
  await app.close()
})

type OpenApi = { paths: Record<string, Record<string, { operationId: string }>> }

async function readOperationIds(): Promise<string[]> {
  const answer = await fetch(`${app.url}/openapi.json`)
  const { paths }: OpenApi = JSON.parse(await answer.text())
  return Object.values(paths).flatMap((methods) => Object.values(methods).map((method) => method.operationId))
}

const DEVICES = [
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
] as const

/** Nothing sticks out at the side, so that a phone shows it as wide as it is. */
async function fits(page: Page): Promise<boolean> {
  return evaluate(page, 'document.documentElement.scrollWidth <= innerWidth && innerWidth === screen.width')
}

for (const [name, device] of DEVICES) {
  test(`/docs shows every operation on ${name}, without an error or a request to anybody else`, async () => {
    const page = await openTab(browser, device)
    const problems = collectProblems(page, app.url)
    await page.goto(`${app.url}/docs`)
    for (const id of await readOperationIds()) await page.locator(`[id$="-${id}"]`).waitFor()
    assert.ok(await fits(page))
    assert.deepEqual(problems, [])
  })

  test(`/redoc shows every operation on ${name}, without an error or a request to anybody else`, async () => {
    const page = await openTab(browser, device)
    const problems = collectProblems(page, app.url)
    await page.goto(`${app.url}/redoc`)
    for (const id of await readOperationIds()) {
      await page.locator(`[id$="/operation/${id}"]`).waitFor()
    }
    await page.waitForLoadState('networkidle')
    assert.ok(await fits(page))
    assert.deepEqual(problems, [])
  })

  test(`/dev/mailbox shows the mails and their code on ${name}, without an error`, async () => {
    const person = await signUp(app)
    const code = await readCode(app, person.email)
    const page = await openTab(browser, device)
    const problems = collectProblems(page, app.url)
    await page.goto(`${app.url}/dev/mailbox`)
    const entry = page.getByRole('link').filter({ hasText: person.email })
    await entry.filter({ hasText: 'verification code' }).click()
    await page.getByRole('article').getByText(code, { exact: true }).waitFor()
    await page.frameLocator('iframe').getByText(code).first().waitFor()
    assert.ok(await fits(page))
    assert.deepEqual(problems, [])
  })
}

/** Opens an operation of `/docs`, sends it with this body, and returns the place of its answer. */
async function tryOut(page: Page, operationId: string, body?: object): Promise<Locator> {
  const operation = page.locator(`[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  if (body !== undefined) await operation.getByRole('textbox').first().fill(JSON.stringify(body))
  await operation.getByRole('button', { name: 'Execute' }).click()
  return operation.locator('.live-responses-table')
}

test('"Try it out" in /docs asks for the health and whether a username is free', async () => {
  const page = await openTab(browser)
  await page.goto(`${app.url}/docs`)
  await (await tryOut(page, 'health')).getByText('"API is running"').waitFor()
  const answer = await tryOut(page, 'checkUsername', { username: 'nobody-yet' })
  await answer.getByText('"This username is available."').waitFor()
})

test('after a login in /docs, "Try it out" changes the profile by the cookie alone', async () => {
  const { email, password, client, accessToken: token } = await signUp(app)
  const page = await openTab(browser)
  const problems = collectProblems(page, app.url)
  await page.goto(`${app.url}/docs`)
  const login = await tryOut(page, 'logIn', { identifier: email, password })
  await login.getByText('"token_type"').waitFor()
  assert.equal(await login.getByText('"refresh_token"').count(), 0)
  const update = await tryOut(page, 'updateProfile', { name: 'Ada of the Docs' })
  await update.getByText('"Ada of the Docs"').waitFor()
  assert.equal((await client.get('/users/me', { token })).data.name, 'Ada of the Docs')
  assert.deepEqual(problems, [])
})

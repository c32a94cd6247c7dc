import type { Browser, Page } from 'playwright-core'
import type { TestApp } from '../app.ts'
import { makePerson, type Person, readCode } from '../people.ts'
import { openTab } from './browser.ts'

/** The web client in a tab, used as a person does. */
export type ClientPage = {
  page: Page
  /** What the page has asked of the API so far, as "POST /auth/login 200". */
  calls: string[]
  /** The bodies of all answers. */
  bodies(): Promise<string[]>
  fill(fields: Record<string, string>): Promise<void>
  press(button: string): Promise<void>
  /** Waits until the page shows this text. */
  sees(text: string): Promise<void>
  reload(): Promise<void>
  /** The cookies that the API has set, by name. */
  cookies(): Promise<Record<string, string>>
}

const API = /\/api\/v1(\/\S*)/

/** Opens the client in this tab. */
export async function openClient(page: Page, address: string): Promise<ClientPage> {
  const calls: string[] = []
  const bodies: Promise<string>[] = []
  page.on('response', (response) => {
    const request = response.request()
    const path = API.exec(response.url())?.[1]
    if (path === undefined || request.method() === 'OPTIONS') return
    calls.push(`${request.method()} ${path} ${response.status()}`)
    bodies.push(response.text())
  })
  await page.goto(address)
  return {
    page,
    calls,
    bodies: () => Promise.all(bodies),
    async fill(fields) {
      for (const [label, value] of Object.entries(fields)) {
        await page.getByLabel(label, { exact: true }).fill(value)
      }
    },
    press: (button) => page.getByRole('button', { name: button, exact: true }).click(),
    sees: (text) => page.getByText(text).first().waitFor(),
    async reload() {
      await page.reload()
    },
    async cookies() {
      const cookies = await page.context().cookies()
      return Object.fromEntries(cookies.map(({ name, value }) => [name, value]))
    },
  }
}

/** Registers somebody new in the page. */
export async function register(client: ClientPage, person: Person): Promise<void> {
  await client.fill({
    'Your name': person.name,
    'Your e-mail': person.email,
    'Your username': person.username,
    'New password': person.password,
  })
  await client.press('Register')
  await client.sees('We have sent you a code.')
}

/** Opens the client in a new browser profile, registers somebody there and verifies the code of the mail. */
export async function openMember(app: TestApp, browser: Browser, address: string) {
  const client = await openClient(await openTab(browser), address)
  const person = makePerson()
  await register(client, person)
  await client.fill({ Code: await readCode(app, person.email) })
  await client.press('Verify')
  await client.sees('Profile')
  return { client, person }
}

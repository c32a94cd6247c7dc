import { type Browser, chromium, type Page } from 'playwright-core'
import { findChromium } from '../chromium.ts'

/** What a page waits for takes milliseconds; a machine that is busy may take its time. */
const PATIENCE_MS = 20_000
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS, timeout: PATIENCE_MS })
}

export const DESKTOP = { viewport: { width: 1280, height: 800 } }
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true }

/** A tab of a new browser profile: cookies and storage of its own. */
export async function openTab(browser: Browser, device: typeof DESKTOP = DESKTOP): Promise<Page> {
  const profile = await browser.newContext(device)
  profile.setDefaultTimeout(PATIENCE_MS)
  return profile.newPage()
}

/** Runs an expression in the page. */
export function evaluate<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(expression)
}

/** Collects what goes wrong in a page: errors of its scripts, what its policy forbids, requests to other hosts. */
export function collectProblems(page: Page, origin: string): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`)
  })
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`))
  page.on('request', (request) => {
    const isForeign = /^https?:/.test(request.url()) && !request.url().startsWith(`${origin}/`)
    if (isForeign) problems.push(`foreign: ${request.url()}`)
  })
  return problems
}

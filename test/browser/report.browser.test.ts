import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { startTestApp, type TestApp } from '../app.ts'
import {
  CROSS,
  giveCandles,
  giveStrategy,
  runBacktest,
  swingingLines,
  type Trader,
  trader,
} from '../backtests.ts'
import { collectProblems, DESKTOP, evaluate, openBrowser, openTab } from './browser.ts'

const NAME = '<script>document.title = "taken"</script> & "quoted" <img src=x onerror=alert(1)>'
const SMALL_PHONE = { viewport: { width: 375, height: 667 }, isMobile: true }

let app: TestApp
let browser: Browser
let ada: Trader
let address: string

before(async () => {
  app = await startTestApp()
  browser = await openBrowser()
  ada = await trader(app)
  const dataset = await giveCandles(app, ada, swingingLines(44_640))
  const strategy = await giveStrategy(ada, { ...CROSS, name: 'A & B' })
  const run = await runBacktest(app, ada, strategy, {
    instruments: [{ dataset_id: dataset }],
    name: NAME,
    note: NAME,
    from_out_of_sample: '2021-03-10',
  })
  assert.ok(run.metrics.trades > 400, `${run.metrics.trades} trades`)
  address = `${app.url}/api/v1/backtests/${run.id}/report`
})

after(async () => {
  await browser.close()
  await app.close()
})

/** Opens the report as somebody who is signed in, and collects what goes wrong. */
async function openReport(device: typeof DESKTOP): Promise<{ page: Page; problems: string[] }> {
  const page = await openTab(browser, device)
  const problems = collectProblems(page, app.url)
  await page.setExtraHTTPHeaders({ authorization: `Bearer ${ada.person.accessToken}` })
  const answer = await page.goto(address)
  assert.equal(answer?.status(), 200)
  return { page, problems }
}

/** How many parts a picture has that are drawn within it, and whether each of its texts lies on the page. */
const PICTURES = `[...document.querySelectorAll('svg.chart')].map((picture) => {
  const frame = picture.getBoundingClientRect()
  const seen = [...picture.querySelectorAll('path')].filter((path) => {
    const { width, height, left, right } = path.getBoundingClientRect()
    return width > 0 && height > 0 && left >= frame.left - 2 && right <= frame.right + 2
  })
  const texts = [...picture.querySelectorAll('text')].filter((text) => getComputedStyle(text).display !== 'none')
  const out = texts.filter((text) => text.getBoundingClientRect().right > innerWidth)
  return { name: picture.getAttribute('aria-label'), drawn: seen.length, texts: texts.length, out: out.length }
})`

type Picture = { name: string; drawn: number; texts: number; out: number }

for (const [name, device] of [
  ['a desktop', DESKTOP],
  ['a phone of 375 pixels', SMALL_PHONE],
] as const) {
  test(`a report shows every picture on ${name}, without a script, an error or a request`, async () => {
    const { page, problems } = await openReport(device)
    const pictures = await evaluate<Picture[]>(page, PICTURES)
    assert.deepEqual(
      pictures.slice(0, 4).map((picture) => picture.name),
      ['Equity and buy and hold', 'Drawdown', 'binance BTC/USDT', 'Profits and losses of trades'],
    )
    assert.ok(pictures.length >= 6, 'and trades from near')
    for (const { name: label, drawn, texts, out } of pictures) {
      assert.ok(drawn > 0 && texts > 3, `${label} shows nothing`)
      assert.equal(out, 0, `a text of ${label} is beyond the page`)
    }
    const width = await evaluate<[number, number]>(page, '[document.documentElement.scrollWidth, innerWidth]')
    assert.equal(width[0], device.viewport.width)
    assert.equal(width[1], device.viewport.width)
    assert.equal(await evaluate(page, 'document.scripts.length + document.images.length'), 0)
    assert.equal(await page.locator('h1').textContent(), NAME)
    assert.equal(await page.title(), NAME)
    assert.deepEqual(problems, [])
  })
}

test('a report is dark for those who like it dark, and light on paper', async () => {
  const { page } = await openReport(DESKTOP)
  const background = () => evaluate<string>(page, 'getComputedStyle(document.body).backgroundColor')
  await page.emulateMedia({ colorScheme: 'light' })
  assert.equal(await background(), 'rgb(255, 255, 255)')
  await page.emulateMedia({ colorScheme: 'dark' })
  assert.equal(await background(), 'rgb(20, 25, 30)')
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' })
  assert.equal(await background(), 'rgb(255, 255, 255)')
})

test("a report's policy lets no script run and nothing be fetched", async () => {
  const { page } = await openReport(DESKTOP)
  const violations = `new Promise((resolve) => {
    const found = []
    addEventListener('securitypolicyviolation', (event) => {
      found.push(event.effectiveDirective)
      if (found.length === 2) resolve(found.sort())
    })
    const script = document.createElement('script')
    script.textContent = 'document.title = "taken"'
    document.body.append(script)
    const image = document.createElement('img')
    image.src = '/favicon.ico'
    document.body.append(image)
  })`
  assert.deepEqual(await evaluate(page, violations), ['img-src', 'script-src-elem'])
  assert.equal(await page.title(), NAME)
})

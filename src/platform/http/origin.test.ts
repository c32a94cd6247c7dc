import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBrowser, isForeignPage, mayUseCookies, refuseForeignOrigin } from './origin.ts'

const config = { corsAllowedOrigins: ['https://app.example.com'] }

function judge(headers: Record<string, string>) {
  return {
    browser: isBrowser({ headers }),
    cookies: mayUseCookies({ headers }, config),
    foreign: isForeignPage({ headers }, config),
  }
}

describe('where a request comes from', () => {
  it('is a browser where Origin or Sec-Fetch-Site is sent, and a program otherwise', () => {
    assert.deepEqual(judge({}), { browser: false, cookies: false, foreign: false })
    assert.equal(judge({ origin: 'null' }).browser, true)
    assert.equal(judge({ 'sec-fetch-site': 'none' }).browser, true)
  })

  it('lets cookies count from an allowed page, and from one of our own', () => {
    assert.deepEqual(judge({ origin: 'https://app.example.com' }), {
      browser: true,
      cookies: true,
      foreign: false,
    })
    assert.deepEqual(judge({ 'sec-fetch-site': 'same-origin' }), {
      browser: true,
      cookies: true,
      foreign: false,
    })
  })

  it('lets cookies count from nowhere else', () => {
    const foreign = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://app.example.com.evil.example' },
      { origin: 'http://app.example.com' },
      { origin: 'https://app.example.com:8443' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
    ]
    for (const headers of foreign) {
      assert.deepEqual(judge({ ...headers }), { browser: true, cookies: false, foreign: true })
      assert.throws(() => refuseForeignOrigin({ headers }, config), { code: 'csrf_rejected' })
    }
    assert.throws(() => refuseForeignOrigin({ headers: {} }, config), { code: 'csrf_rejected' })
    refuseForeignOrigin({ headers: { origin: 'https://app.example.com' } }, config)
  })
})

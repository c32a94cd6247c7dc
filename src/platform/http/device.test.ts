import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { deviceLabel } from './device.ts'

describe('the label of a device', () => {
  it('names the program and the system', () => {
    const cases = [
      [
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
        'Firefox on Windows',
      ],
      [
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
        'Safari on iOS',
      ],
      [
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
        'Chrome on Linux',
      ],
      ['curl/8.14.1', 'curl'],
      ['my bot', 'my'],
    ]
    for (const [userAgent = '', label] of cases) assert.equal(deviceLabel(userAgent), label)
  })

  it('is Unknown where nothing is known', () => {
    for (const userAgent of ['', 'Unknown']) assert.equal(deviceLabel(userAgent), 'Unknown')
  })

  it('is a text for any User-Agent', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (userAgent) => typeof deviceLabel(userAgent) === 'string'),
    )
  })
})

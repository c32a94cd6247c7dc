import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainLine } from './plain-line.ts'

describe('plainLine', () => {
  it('makes of any text one line without controls, overrides and lone surrogates', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\r\n', '\u202e', '\u0000', '\ud800', '\u2028'),
        (text, bad) => {
          const line = plainLine(text + bad + text)
          assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u)
          assert.ok(line.isWellFormed())
          assert.equal(line, line.trim())
          assert.equal(plainLine(line), line)
        },
      ),
    )
  })

  it('keeps a harmless line as it is, joined emoji and any script included', () => {
    for (const text of ['Ada Lovelace', 'José 👩‍🚀', 'نیم‌فاصله', '山田 太郎'])
      assert.equal(plainLine(text), text)
  })

  it('puts a space where a header could have been broken', () => {
    assert.equal(plainLine('Hello\r\nBcc: all@example.com'), 'Hello Bcc: all@example.com')
  })
})

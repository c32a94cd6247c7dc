import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { canonicalIdentifier } from './identifier.ts'

const FULL_WIDTH = 0xfee0
const letters = fc.string({ unit: fc.constantFrom(...'abcXYZ09_-'), minLength: 1, maxLength: 50 })
const spaces = fc.string({ unit: fc.constantFrom(' ', '\t', '\u{a0}', '\u{3000}'), maxLength: 3 })

const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))

function fullWidth(text: string): string {
  return [...text].map((sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) + FULL_WIDTH)).join('')
}

describe('an identifier', () => {
  it('is an e-mail address where it has an @, in whatever script, and a username otherwise', () => {
    for (const text of ['a@b', 'ada@example.com', 'ada＠example.com', '@']) {
      assert.equal(canonicalIdentifier(text).kind, 'email', text)
    }
    for (const text of ['ada', 'ada.example.com', '', '01a20575-fd08-7f42-b0a3-69b4f86e5c8d']) {
      assert.equal(canonicalIdentifier(text).kind, 'username', text)
    }
  })

  it('is one in upper case, full-width letters and with spaces around', () => {
    fc.assert(
      fc.property(letters, spaces, spaces, (text, before, behind) => {
        const expected = { kind: 'username', text: text.toLowerCase() }
        for (const spelling of [text, text.toUpperCase(), fullWidth(text)]) {
          assert.deepEqual(canonicalIdentifier(`${before}${spelling}${behind}`), expected)
        }
      }),
    )
  })

  it('is one in composed and in decomposed letters', () => {
    const composed = 'Zoë@exämple.com'
    assert.deepEqual(canonicalIdentifier(composed.normalize('NFD')), canonicalIdentifier(composed))
  })

  it('gives itself again', () => {
    fc.assert(
      fc.property(anyText, (typed) => {
        const once = canonicalIdentifier(typed)
        assert.deepEqual(canonicalIdentifier(once.text), once)
      }),
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { canonicalPhone, isPhone } from './phone.ts'

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength })
const e164 = fc
  .tuple(fc.constantFrom(...'123456789'), digits(6, 14))
  .map(([first, rest]) => `+${first}${rest}`)
const phone = fc.oneof(digits(4, 15), e164)
const signs = fc.string({ unit: fc.constantFrom(...' .-–‑()[]（）\u{a0}\t'), maxLength: 3 })

describe('a phone number', () => {
  it('is E.164, or 4 to 15 digits', () => {
    fc.assert(fc.property(phone, (text) => isPhone(text) && canonicalPhone(text) === text))
  })

  it('is the same with spaces, dots, dashes and brackets anywhere', () => {
    fc.assert(
      fc.property(phone, fc.infiniteStream(signs), (text, between) => {
        const spread = [...text].map((sign) => `${between.next().value}${sign}`).join('')
        assert.ok(isPhone(spread))
        assert.equal(canonicalPhone(`${spread}${between.next().value}`), text)
      }),
    )
  })

  it('is the same in full-width digits', () => {
    assert.equal(canonicalPhone('＋４４ ２０ ７１８３'), '+44207183')
  })

  it('whatever is typed, is one that the database takes, or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'+0 19-/x') })), (text) => {
        const kept = canonicalPhone(text)
        assert.equal(canonicalPhone(kept), kept)
        if (isPhone(text)) assert.match(kept, /^(\+?[0-9]{4,15})?$/)
      }),
    )
  })

  it('is not what is too short, too long, or holds another sign', () => {
    const wrong = [
      '123',
      '1'.repeat(16),
      '+123456',
      `+${'1'.repeat(16)}`,
      '+0123456789',
      '++441234567',
      '44+1234567',
    ]
    for (const text of [...wrong, '1234x', '+', '12/34', '１２３', '٠١٢٣', '0x1234', '1e10', '1234\0']) {
      assert.equal(isPhone(text), false, text)
    }
  })

  it('that is empty, or nothing but such signs, clears it', () => {
    for (const text of ['', ' ', '(-)']) {
      assert.ok(isPhone(text))
      assert.equal(canonicalPhone(text), '')
    }
  })
})

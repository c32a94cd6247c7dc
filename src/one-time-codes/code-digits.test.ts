import assert from 'node:assert/strict'
import { createHmac, hkdfSync, randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { codeDigits, isRightCode } from './code-digits.ts'

const SECRET = 'a secret that refresh tokens are signed with'

describe('the digits of a code', () => {
  it('are six, always the same for one id and secret', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.uuid(), (secret, id) => {
        const digits = codeDigits(secret, id)
        assert.match(digits, /^\d{6}$/)
        assert.equal(codeDigits(secret, id), digits)
      }),
    )
  })

  it('are cut from an HMAC with a key that HKDF derives from the secret', () => {
    const id = '7d444840-9dc0-11d1-b245-5ffdce74fad2'
    const key = Buffer.from(hkdfSync('sha256', SECRET, '', 'crypalgos one-time code', 32))
    const number = BigInt(`0x${createHmac('sha256', key).update(id).digest('hex').slice(0, 16)}`)
    assert.equal(Number(codeDigits(SECRET, id)), Number(number % 1_000_000n))
  })

  it('are others under another secret, and spread evenly, zeros in front included', () => {
    const ids = Array.from({ length: 20_000 }, () => randomUUID())
    assert.ok(ids.filter((id) => codeDigits(SECRET, id) === codeDigits(`${SECRET}!`, id)).length <= 3)
    const firsts = Array.from({ length: 10 }, () => 0)
    for (const id of ids) {
      const first = Number(codeDigits(SECRET, id)[0])
      firsts[first] = (firsts[first] ?? 0) + 1
    }
    // 2,000 each, with a standard deviation of 42.
    assert.ok(
      firsts.every((count) => count > 1_700 && count < 2_300),
      String(firsts),
    )
  })
})

describe('isRightCode', () => {
  it('takes the digits with spaces anywhere', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.array(fc.constantFrom('', ' ', '\t', '\u00a0', '\n'), { minLength: 7, maxLength: 7 }),
        (id, gaps) => {
          const typed = gaps.map((gap, index) => gap + (codeDigits(SECRET, id)[index] ?? '')).join('')
          assert.ok(isRightCode(SECRET, id, typed))
        },
      ),
    )
  })

  it('takes no other text, of whatever length and signs', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{0,8}$/)),
        (id, typed) => {
          const right = codeDigits(SECRET, id)
          assert.equal(isRightCode(SECRET, id, typed), typed.replaceAll(/\s/g, '') === right)
          assert.ok(!isRightCode(SECRET, id, `${right}0`))
          assert.ok(!isRightCode(SECRET, id, right.slice(1)))
        },
      ),
    )
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalEmail, isEmailAddress } from './email-address.ts'

const SPELLINGS: [string, string][] = [
  ['Ada@Example.COM', 'ada@example.com'],
  [' \t\u00a0ada@example.com\n', 'ada@example.com'],
  ['ＡＤＡ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
  ['JOSE\u0301@example.com', 'jos\u00e9@example.com'],
  ['STRASSE@example.com', 'strasse@example.com'],
  ['stra\u00dfe@example.com', 'strasse@example.com'],
  ['STRA\u1e9eE@example.com', 'strasse@example.com'],
  ['\u039f\u0394\u039f\u03a3@example.com', '\u03bf\u03b4\u03bf\u03c3@example.com'],
  ['\u03bf\u03b4\u03bf\u03c2@example.com', '\u03bf\u03b4\u03bf\u03c3@example.com'],
  ['\ufb01ne@example.com', 'fine@example.com'],
  ['\u212aelvin@example.com', 'kelvin@example.com'],
  ['d\u0131\u015f@example.com', 'd\u0131\u015f@example.com'],
]

for (const [typed, canonical] of SPELLINGS) {
  test(`canonicalEmail gives ${canonical} for ${JSON.stringify(typed)}`, () => {
    assert.equal(canonicalEmail(typed), canonical)
  })
}

test('canonicalEmail leaves its own answer as it is, for every single code point', () => {
  const changed: number[] = []
  for (let point = 0; point <= 0x10ffff; point += 1) {
    const canonical = canonicalEmail(`a${String.fromCodePoint(point)}b`)
    if (canonicalEmail(canonical) !== canonical) changed.push(point)
  }
  assert.deepEqual(changed, [])
})

test('canonicalEmail leaves its own answer as it is, for any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  )
  fc.assert(
    fc.property(text, (typed) => {
      const canonical = canonicalEmail(typed)
      assert.equal(canonicalEmail(canonical), canonical)
    }),
    { numRuns: 1_000 },
  )
})

function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
}

test('canonicalEmail gives the same for every spelling of an address, which is still one', () => {
  const spellings = [
    (text: string) => text.toUpperCase(),
    (text: string) => text.toLowerCase(),
    (text: string) => text.normalize('NFD'),
    (text: string) => text.normalize('NFKD'),
    (text: string) => ` ${text}\u3000`,
    fullWidth,
  ]
  const letters = fc.stringMatching(/^[a-zA-Z0-9äÖéñçΩςžŁи]{1,20}$/u)
  fc.assert(
    fc.property(letters, letters, fc.constantFrom(...spellings), (local, label, spell) => {
      const address = `${local}@${label}.example`
      assert.equal(canonicalEmail(spell(address)), canonicalEmail(address))
      assert.ok(isEmailAddress(canonicalEmail(spell(address))))
    }),
  )
})

const LABEL_63 = 'l'.repeat(63)
const GOOD = [
  'a@b.example',
  "o'neil+tag=1/x!#$%&*?^_`{|}~-@mail.example.co",
  '名前@例え.テスト',
  'a@xn--r8jz45g.xn--zckzah',
  'a@1.example',
  'a@b-c.example',
  `${'l'.repeat(64)}@${LABEL_63}.${LABEL_63}.${'l'.repeat(58)}.co`,
  `a@${LABEL_63}.example`,
  '😀@example.com',
  'हिन्दी@उदाहरण.भारत',
]
for (const address of GOOD) {
  test(`isEmailAddress takes ${address}`, () => {
    assert.ok(isEmailAddress(address))
  })
}

const BAD = [
  '',
  'a',
  '@',
  'a@',
  '@b.example',
  'a@localhost',
  'a@b@c.example',
  'a b@c.example',
  'a@b .example',
  'a@b.example\n',
  'a\u0000@b.example',
  'a\u0085@b.example',
  'a\u200b@b.example',
  'a\ud800@b.example',
  'a@\udc00b.example',
  '.a@b.example',
  'a.@b.example',
  'a..b@c.example',
  '"a"@b.example',
  'a<b@c.example',
  'a,b@c.example',
  'a@b..example',
  'a@.example',
  'a@b.example.',
  'a@-b.example',
  'a@b-.example',
  'a@b_c.example',
  'a@127.0.0.1',
  'a@[127.0.0.1]',
  `${'l'.repeat(65)}@b.example`,
  `a@${'l'.repeat(64)}.example`,
  `${'l'.repeat(64)}@${LABEL_63}.${LABEL_63}.${'l'.repeat(59)}.co`,
]
for (const address of BAD) {
  test(`isEmailAddress refuses ${JSON.stringify(address)}`, () => {
    assert.ok(!isEmailAddress(address))
  })
}

test('isEmailAddress takes the addresses of the usual form and answers for any text at once', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/)
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9_+-]{1,64}$/), label, (local, name) => {
      assert.ok(isEmailAddress(`${local}@${name}.example`))
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(typeof isEmailAddress(text), 'boolean')
    }),
  )
  for (const part of ['a', 'a.', 'a@', 'a-', '.', '@']) isEmailAddress(`a@${part.repeat(126)}`)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalEmail, isEmailAddress, typedSpelling } from './email-address.ts'

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
  // Domains: one form in ASCII for all spellings of one, and no folding of one into another.
  ['a@b\u00fccher.example', 'a@xn--bcher-kva.example'],
  ['a@B\u00dcCHER.example', 'a@xn--bcher-kva.example'],
  ['a@bu\u0308cher.EXAMPLE', 'a@xn--bcher-kva.example'],
  ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
  ['a@XN--BCHER-KVA.example', 'a@xn--bcher-kva.example'],
  ['a@stra\u00dfe.example', 'a@xn--strae-oqa.example'],
  ['a@STRA\u1e9eE.example', 'a@xn--strae-oqa.example'],
  ['a@xn--strae-oqa.example', 'a@xn--strae-oqa.example'],
  ['a@STRASSE.example', 'a@strasse.example'],
  ['a@\u03bf\u03b4\u03bf\u03c2.example', 'a@xn--pxavbm.example'],
  ['a@\u03bf\u03b4\u03bf\u03c3.example', 'a@xn--pxavbq.example'],
  ['a@\u039f\u0394\u039f\u03a3.example', 'a@xn--pxavbq.example'],
  ['a@\u0130stanbul.example', 'a@xn--istanbul-o0e.example'],
  ['a@\u0131stanbul.example', 'a@xn--stanbul-qfb.example'],
  ['a@ISTANBUL.example', 'a@istanbul.example'],
  ['a@\u212aelvin.example', 'a@kelvin.example'],
  ['a@\u017fan.example', 'a@san.example'],
  ['a\uff20b\uff0eexample', 'a@b.example'],
  ['a@b\u3002example', 'a@b.example'],
  ['a@b\uff61example', 'a@b.example'],
  ['a@so\u00adft.example', 'a@soft.example'],
  ['a@\u0915\u094d\u200d\u0937.example', 'a@xn--11b2ezcw70k.example'],
  // No domains: nothing of a URL is read, and nothing is merged with what is one.
  ['a@b.example.', 'a@b.example.'],
  ['a@127.1', 'a@127.1'],
  ['a@0x7f000001', 'a@0x7f000001'],
  ['a@ex%61mple.com', 'a@ex%61mple.com'],
  ['a@b.example:80', 'a@b.example:80'],
  ['a@b.example/c', 'a@b.example/c'],
  ['a@b@c.example', 'a@b@c.example'],
  ['a @b.example', 'a @b.example'],
]

for (const [typed, canonical] of SPELLINGS) {
  test(`canonicalEmail gives ${canonical} for ${JSON.stringify(typed)}`, () => {
    assert.equal(canonicalEmail(typed), canonical)
  })
}

test('canonicalEmail leaves its own answer as it is, for every single code point, and every letter of a domain', () => {
  const changed: number[] = []
  const check = (point: number, text: string) => {
    const canonical = canonicalEmail(text)
    if (canonicalEmail(canonical) !== canonical) changed.push(point)
  }
  for (let point = 0; point <= 0x10ffff; point += 1) check(point, `a${String.fromCodePoint(point)}b`)
  for (let point = 0; point <= 0x1ffff; point += 1) check(point, `a@b${String.fromCodePoint(point)}c.example`)
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
  // In a domain a final sigma is a letter of its own, and has no upper case.
  const domainLetters = fc.stringMatching(/^[a-zA-Z0-9äÖéñçΩžŁи]{1,20}$/u)
  fc.assert(
    fc.property(letters, domainLetters, fc.constantFrom(...spellings), (local, label, spell) => {
      const address = `${local}@${label}.example`
      assert.equal(canonicalEmail(spell(address)), canonicalEmail(address))
      assert.ok(isEmailAddress(canonicalEmail(spell(address))))
    }),
  )
})

test('typedSpelling keeps the kind of domain that was typed, of the same mailbox', () => {
  assert.equal(typedSpelling('A@B\u00dcCHER.example'), 'a@b\u00fccher.example')
  assert.equal(typedSpelling('A@xn--bcher-kva.Example'), 'a@xn--bcher-kva.example')
  assert.equal(typedSpelling('a@stra\u00dfe.example'), 'a@stra\u00dfe.example')
  assert.equal(typedSpelling('\u00fc@b.example'), '\u00fc@b.example')
  assert.equal(typedSpelling('nobody'), 'nobody')
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

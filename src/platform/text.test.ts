import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { foldCase, hasControlCharacters, printable, withoutControls } from './text.ts'
import { isUuid } from './uuid.ts'

describe('foldCase', () => {
  it('makes one text of all the cases of a word', () => {
    assert.equal(foldCase('ADA'), 'ada')
    assert.equal(foldCase('Straße'), foldCase('STRASSE'))
    assert.equal(foldCase('ΟΔΥΣΣΕΥΣ'), foldCase('οδυσσευς'))
  })

  it('keeps the dotless i apart from the i', () => {
    assert.notEqual(foldCase('ı'), foldCase('i'))
  })
})

describe('hasControlCharacters', () => {
  it('finds NUL and the other controls, and takes no other character for one', () => {
    for (const text of ['a\0b', '\n', '\u007f', 'x\u0085']) assert.equal(hasControlCharacters(text), true)
    assert.equal(hasControlCharacters('Ünï cödé 山田 🙂'), false)
  })
})

describe('a quote in a message', () => {
  it('has at most 64 printable characters', () => {
    assert.equal(printable('BTC/USDT'), 'BTC/USDT')
    assert.equal(printable('a\0b\u{202e}c\u{2028}\ud800d\u{feff}'), 'abcd')
    assert.equal(printable('x'.repeat(64)), 'x'.repeat(64))
    for (const text of ['x'.repeat(65), '🙂'.repeat(10_000)]) {
      assert.equal([...printable(text)].length, 64)
      assert.ok(printable(text).endsWith('…') && printable(text).isWellFormed())
    }
  })
})

describe('a whole message', () => {
  it('keeps its length and loses what cannot be shown', () => {
    assert.equal(
      withoutControls('The name "a\0b\ud800" is wrong.'),
      'The name "a\u{fffd}b\u{fffd}" is wrong.',
    )
    assert.equal(withoutControls('x'.repeat(500)), 'x'.repeat(500))
  })
})

describe('isUuid', () => {
  it('takes a UUID of any version and case, and nothing around it', () => {
    const id = '01a20575-fd08-7f42-b0a3-69b4f86e5c8d'
    assert.equal(isUuid(id), true)
    assert.equal(isUuid(id.toUpperCase()), true)
    for (const text of [`${id} `, id.slice(1), `{${id}}`, id.replaceAll('-', ''), '', `${id}\n`]) {
      assert.equal(isUuid(text), false, text)
    }
  })
})

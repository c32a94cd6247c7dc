import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { foldCase, hasControlCharacters, printable } from './text.ts'
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

describe('printable', () => {
  it('leaves out what cannot be seen, and cuts after 64 characters', () => {
    assert.equal(printable('Ünï\0 cö\u202edé\u2028 \ud800山🙂'), 'Ünï cödé 山🙂')
    assert.equal(printable('🙂'.repeat(64)), '🙂'.repeat(64))
    assert.equal(printable('🙂'.repeat(65)), `${'🙂'.repeat(63)}…`)
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

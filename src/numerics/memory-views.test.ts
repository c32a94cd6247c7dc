import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bytesOf,
  dataViewOf,
  doublesOf,
  memoryOf,
  privateCopy,
  signedWordsOf,
  wordsOf,
} from './memory-views.ts'

describe('a view of memory', () => {
  const all = new Float64Array([1, -2, 3, 4])
  const middle = all.subarray(1, 3)

  it('shows exactly the bytes of its array', () => {
    assert.deepEqual(bytesOf(middle), bytesOf(Float64Array.of(-2, 3)))
    assert.deepEqual(doublesOf(bytesOf(middle)), Float64Array.of(-2, 3))
    assert.deepEqual([dataViewOf(middle).byteLength, dataViewOf(middle).getFloat64(8, true)], [16, 3])
    assert.throws(() => dataViewOf(middle).getFloat64(16, true), RangeError)
    assert.equal(wordsOf(middle).length, 4)
    assert.deepEqual([...signedWordsOf(Uint32Array.of(0xffffffff))], [-1])
  })

  it('leaves out what is no whole number, and refuses what is not aligned', () => {
    const bytes = new Uint8Array(32)
    assert.deepEqual([wordsOf(bytes.subarray(0, 7)).length, doublesOf(bytes.subarray(8, 31)).length], [1, 2])
    assert.throws(() => doublesOf(bytes.subarray(4)), RangeError)
  })

  it('that is copied has memory of its own, of its size', () => {
    const part = Buffer.from('a secret beside it').subarray(2, 8)
    const copy = privateCopy(part)
    assert.equal(Buffer.from(copy).toString(), 'secret')
    assert.deepEqual(
      memoryOf([copy, new Float64Array(2)]).map(({ byteLength }) => byteLength),
      [6, 16],
    )
  })
})

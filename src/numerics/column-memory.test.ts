import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ColumnMemory } from './column-memory.ts'

const LARGE = 100_000

describe('the memory of columns', () => {
  it('is handed out again once it is free, and not before', () => {
    const memory = new ColumnMemory()
    const [first, second] = [memory.numbers(LARGE), memory.numbers(LARGE)]
    assert.notEqual(first, second)
    memory.reuse()
    const again = [memory.numbers(LARGE), memory.numbers(LARGE), memory.numbers(LARGE)]
    assert.equal(again.filter((column) => column === first || column === second).length, 2)
    assert.equal(new Set(again).size, 3)
  })

  it('is of the length that is asked for, and small columns are always new', () => {
    const memory = new ColumnMemory()
    const [large, small] = [memory.numbers(LARGE), memory.numbers(10)]
    memory.reuse()
    assert.notEqual(memory.numbers(LARGE + 1), large)
    assert.notEqual(memory.numbers(10), small)
    assert.deepEqual([memory.numbers(LARGE).length, memory.numbers(10).length], [LARGE, 10])
  })

  it('keeps no more than 64 MiB from one run to the next', () => {
    const memory = new ColumnMemory()
    const columns = Array.from({ length: 5 }, () => memory.numbers(2 * 1024 * 1024))
    memory.reuse()
    const again = Array.from({ length: 5 }, () => memory.numbers(2 * 1024 * 1024))
    assert.equal(again.filter((column) => columns.includes(column)).length, 4)
  })
})

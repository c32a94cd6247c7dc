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

  it('hands out a column again that was given back, and leaves the others in use alone', () => {
    const memory = new ColumnMemory()
    const [first, second] = [memory.numbers(LARGE), memory.numbers(LARGE)]
    const mask = memory.bytes(LARGE)
    memory.giveBack(first)
    memory.giveBack(mask)
    assert.equal(memory.numbers(LARGE), first)
    assert.equal(memory.bytes(LARGE), mask)
    assert.notEqual(memory.numbers(LARGE), second)
  })

  it('takes back nothing that it did not hand out, and nothing twice', () => {
    const memory = new ColumnMemory()
    const column = memory.numbers(LARGE)
    memory.giveBack(new Float64Array(LARGE))
    memory.giveBack(new Float64Array(LARGE + 1))
    memory.giveBack(column)
    memory.giveBack(column)
    assert.deepEqual([memory.numbers(LARGE) === column, memory.numbers(LARGE) === column], [true, false])
  })

  it('lets columns go that are given back while 64 MiB are free', () => {
    const memory = new ColumnMemory()
    const columns = Array.from({ length: 6 }, () => memory.numbers(2 * 1024 * 1024))
    for (const column of columns) memory.giveBack(column)
    const again = Array.from({ length: 6 }, () => memory.numbers(2 * 1024 * 1024))
    assert.equal(again.filter((column) => columns.includes(column)).length, 4)
  })
})

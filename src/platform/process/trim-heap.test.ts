import assert from 'node:assert/strict'
import { it } from 'node:test'
import { trimHeap } from './trim-heap.ts'

it('gives back the memory of what nothing needs any more', () => {
  const garbage = Array.from({ length: 1_000_000 }, (_, n) => ({ n }))
  const full = process.memoryUsage().heapTotal
  assert.equal(garbage.length, 1_000_000)
  garbage.length = 0
  trimHeap()
  const megabytes = (full - process.memoryUsage().heapTotal) / 1_000_000
  assert.ok(megabytes > 20, `only ${megabytes} MB were given back`)
})

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { diffDocuments } from './diff-documents.ts'

it('two documents differ leaf by leaf, with what is new or gone as a whole told once', () => {
  const before = { a: 1, b: { c: [{ d: 1 }, { d: 2 }], e: null }, f: { g: 1 }, h: null }
  const after = { a: 1, b: { c: [{ d: 1 }], e: 'x' }, f: null, h: { i: 2 } }
  assert.deepEqual(diffDocuments(before, after), [
    { path: 'b.c.1', kind: 'removed', before: { d: 2 }, after: null },
    { path: 'b.e', kind: 'added', before: null, after: 'x' },
    { path: 'f', kind: 'removed', before: { g: 1 }, after: null },
    { path: 'h', kind: 'added', before: null, after: { i: 2 } },
  ])
  assert.deepEqual(diffDocuments(before, before), [])
})

it('names of inherited properties differ like all others', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__']) {
    const [empty, full] = [{ series: {} }, { series: Object.fromEntries([[name, 'close']]) }]
    const path = `series.${name}`
    const added = [{ path, kind: 'added', before: null, after: 'close' }]
    const removed = [{ path, kind: 'removed', before: 'close', after: null }]
    assert.deepEqual(diffDocuments(empty, full), added)
    assert.deepEqual(diffDocuments(full, empty), removed)
    assert.deepEqual(diffDocuments(full, full), [])
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { faultOf } from '../../test/tables.ts'
import { ByteQueue } from './byte-queue.ts'
import { MAX_EMPTY_PARTS, MAX_HELD_BYTES, MAX_RATIO, UploadBudget } from './upload-budget.ts'

const MEGABYTE = 1024 * 1024

describe('the budget of an upload', () => {
  it('lets a file unpack to a multiple of what has come, in sum, and always to 1 MB', () => {
    const budget = new UploadBudget(2 ** 40)
    budget.receive(10)
    budget.unpack(MEGABYTE)
    assert.match(faultOf(() => budget.unpack(1)).detail, /more than 200 times its size/)
    const larger = new UploadBudget(2 ** 40)
    larger.receive(MEGABYTE)
    for (let at = 0; at < MAX_RATIO; at++) larger.unpack(MEGABYTE)
    assert.equal(faultOf(() => larger.unpack(1)).code, 'payload_too_large')
    assert.match(faultOf(() => new UploadBudget(3 * MEGABYTE).unpack(4 * MEGABYTE)).detail, /more than 3 MB/)
  })

  it('has an end of empty parts, and of messages beside what has come', () => {
    const budget = new UploadBudget(1)
    for (let part = 0; part < MAX_EMPTY_PARTS; part++) {
      budget.countEmptyPart()
      budget.countMessage()
    }
    assert.match(faultOf(() => budget.countEmptyPart()).detail, /empty lines or batches/)
    assert.match(faultOf(() => budget.countMessage()).detail, /small batches/)
    const larger = new UploadBudget(1)
    larger.receive(256 * 5)
    for (let part = 0; part < MAX_EMPTY_PARTS + 5; part++) larger.countMessage()
    faultOf(() => larger.countMessage())
  })

  it('has an end of memory for itself, and for all uploads of a process', () => {
    const own = new UploadBudget(1)
    own.hold(MAX_HELD_BYTES)
    assert.match(faultOf(() => own.hold(1)).detail, /too much memory/)
    const held = new Int32Array(new SharedArrayBuffer(8))
    const [first, second] = [0, 1].map((slot) => new UploadBudget(1, { held, slot, maxKilobytes: 100 }))
    first?.hold(60 * 1024)
    assert.equal(faultOf(() => second?.hold(50 * 1024)).code, 'overloaded')
    second?.release(50 * 1024)
    first?.release(60 * 1024)
    assert.deepEqual([...held], [0, 0])
    second?.hold(100 * 1024)
    assert.equal(second?.held, 100 * 1024)
  })
})

describe('a queue of bytes', () => {
  it('gives them out as they came, in memory of exactly their size', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ push: fc.integer({ min: 0, max: 150_000 }) }),
        fc.record({ take: fc.integer({ min: 0, max: 150_000 }) }),
        fc.record({ skip: fc.integer({ min: 0, max: 150_000 }) }),
      ),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new ByteQueue()
        let [came, gone] = [0, 0]
        for (const step of all) {
          if ('push' in step) {
            queue.push(Uint8Array.from({ length: step.push }, (_, at) => (came + at) % 251))
            came += step.push
          } else if ('skip' in step) {
            queue.skip(step.skip)
            gone += step.skip
          } else {
            const taken = queue.take(step.take)
            assert.equal(taken === undefined, step.take > Math.max(0, came - gone))
            if (taken === undefined) continue
            assert.equal(taken.buffer.byteLength, step.take)
            assert.ok(taken.every((byte, at) => byte === (gone + at) % 251))
            gone += step.take
          }
          assert.equal(queue.length, Math.max(0, came - gone))
        }
      }),
      { numRuns: 100 },
    )
  })
})

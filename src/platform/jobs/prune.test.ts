import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { PRUNE_BATCH, prune } from './prune.ts'

/** Something that holds so many rows, and a log that keeps its lines. */
function prepare(rows: number) {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const batches: number[] = []
  let left = rows
  const removeBatch = async (batch: number) => {
    const removed = Math.min(batch, left)
    left -= removed
    batches.push(removed)
    return removed
  }
  return { log: pino(stream), lines, batches, removeBatch }
}

const GO_ON = new AbortController().signal

describe('prune', () => {
  it('removes batch after batch until one is not full, and says how many in all', async () => {
    const { log, lines, batches, removeBatch } = prepare(2 * PRUNE_BATCH + 7)
    assert.equal(await prune(log, 'codes', GO_ON, removeBatch), 2 * PRUNE_BATCH + 7)
    assert.deepEqual(batches, [PRUNE_BATCH, PRUNE_BATCH, 7])
    assert.match(lines.join(), /"what":"codes","removed":2007/)
  })

  it('says nothing where there was nothing', async () => {
    const { log, lines, removeBatch } = prepare(0)
    assert.equal(await prune(log, 'codes', GO_ON, removeBatch), 0)
    assert.deepEqual(lines, [])
  })

  it('ends between two batches when it is told to give up', async () => {
    const { log, batches, removeBatch } = prepare(10 * PRUNE_BATCH)
    const stop = new AbortController()
    await prune(log, 'codes', stop.signal, async (batch) => {
      if (batches.length === 2) stop.abort()
      return removeBatch(batch)
    })
    assert.deepEqual(batches, [PRUNE_BATCH, PRUNE_BATCH, PRUNE_BATCH])
  })
})

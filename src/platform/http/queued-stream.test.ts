import assert from 'node:assert/strict'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { createWorkQueue } from '../limits/work-queue.ts'
import { queuedStream } from './queued-stream.ts'

const queue = createWorkQueue({
  ...{ slots: 1, parked: 0, bytes: 100, maxWaitingPerUser: 1, maxWaiting: 1, waitSeconds: 1 },
})

async function* pieces(count: number) {
  for (let at = 0; at < count; at++) yield 'x'.repeat(100_000)
}

function enter(signal: AbortSignal = new AbortController().signal) {
  return queue.enter({ userId: 'a', bytes: 1, seconds: 60, signal })
}

describe('a stream with a place in a queue', () => {
  it('gives its place back when it has ended', async () => {
    const stream = queuedStream(await enter(), pieces(3))
    assert.equal((await text(stream)).length, 300_000)
    assert.equal(queue.counts().running, 0)
  })

  it('ends with its place, and its place with it', async () => {
    const gone = new AbortController()
    const stream = queuedStream(await enter(gone.signal), pieces(1_000))
    stream.read()
    gone.abort(new Error('revoked'))
    const [error] = await once(stream, 'error')
    assert.equal(error.message, 'revoked')
    assert.equal(queue.counts().running, 0)
  })

  it('is not begun when its place has ended meanwhile, and keeps none', async () => {
    const gone = new AbortController()
    const place = await enter(gone.signal)
    gone.abort(new Error('revoked'))
    assert.throws(() => queuedStream(place, pieces(1)), /revoked/)
    assert.equal(queue.counts().running, 0)
  })

  it('loses its place when its client takes no piece in time', async () => {
    const stream = queuedStream(await enter(), pieces(1_000), 5)
    stream.read()
    const [error] = await once(stream, 'error')
    assert.equal(error.code, 'request_timeout')
    assert.equal(queue.counts().running, 0)
  })
})

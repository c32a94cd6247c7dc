import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { batch } from './batch.ts'

function recordingLoad(values: Record<string, number>) {
  const calls: string[][] = []
  const find = batch(async (keys: string[]) => {
    calls.push(keys)
    return new Map(Object.entries(values))
  })
  return { calls, find }
}

describe('batch', () => {
  it('looks up at once what is asked for in one turn, and gives each its own', async () => {
    const { calls, find } = recordingLoad({ a: 1, b: 2 })
    assert.deepEqual(await Promise.all([find('a'), find('b'), find('none'), find('a')]), [1, 2, undefined, 1])
    assert.deepEqual(calls, [['a', 'b', 'none']])
  })

  it('looks up again for whoever asks later, though the one before is under way', async () => {
    const calls: string[][] = []
    const first = Promise.withResolvers<Map<string, number>>()
    const find = batch((keys: string[]) => {
      calls.push(keys)
      return calls.length === 1 ? first.promise : Promise.resolve(new Map([['a', 2]]))
    })
    const early = find('a')
    await setImmediate()
    assert.equal(await find('a'), 2)
    first.resolve(new Map([['a', 1]]))
    assert.equal(await early, 1)
    assert.deepEqual(calls, [['a'], ['a']])
  })

  it('fails for all who asked where the look-up fails, and for nobody after', async () => {
    let broken = true
    const find = batch(async () => {
      if (broken) throw new Error('away')
      return new Map([['a', 1]])
    })
    const asked = await Promise.allSettled([find('a'), find('b')])
    assert.deepEqual(
      asked.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    broken = false
    assert.equal(await find('a'), 1)
  })
})

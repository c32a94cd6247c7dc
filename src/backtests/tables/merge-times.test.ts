import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { mergeTimes } from './merge-times.ts'

it('merged times are those of both, rising, each once', async () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 50 })).map((all) => Float64Array.from(all).sort())
  await fc.assert(
    fc.asyncProperty(times, times, async (a, b) => {
      const expected = [...new Set([...a, ...b])].sort((x, y) => x - y)
      assert.deepEqual([...(await mergeTimes(a, b))], expected)
    }),
  )
  const long = Float64Array.from({ length: 40_000 }, (_, at) => at)
  assert.deepEqual(await mergeTimes(long, new Float64Array(0)), long)
})

import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { hostileFiles } from '../hostile-files.ts'
import { candleLines, csv, upload } from '../market.ts'
import { type SignedUp, signUp } from '../people.ts'
import { useInstances } from './instances.ts'

const instances = useInstances()

const MEGABYTE = 1024 * 1024
/** For requests of others at the same time. */
const MAX_BLOCKED_MS = 50
const MAX_GROWTH_BYTES = 500 * MEGABYTE
const TICK_MS = 5

type Burden = { longestMs: number; growthBytes: number }

/**
 * Measure the longest stretch of work between two turns of the event loop, in time of the processor, so that a busy
 * machine does not count, and how far the process grows.
 */
async function burdenOf(work: () => Promise<unknown>): Promise<Burden> {
  const before = process.memoryUsage.rss()
  let used = process.threadCpuUsage()
  const burden: Burden = { longestMs: 0, growthBytes: 0 }
  const look = setInterval(() => {
    const { user, system } = process.threadCpuUsage(used)
    used = process.threadCpuUsage()
    burden.longestMs = Math.max(burden.longestMs, (user + system) / 1_000)
    burden.growthBytes = Math.max(burden.growthBytes, process.memoryUsage.rss() - before)
  }, TICK_MS)
  try {
    await work()
    await setTimeout(2 * TICK_MS)
  } finally {
    clearInterval(look)
  }
  return burden
}

/** Somebody else's requests, one after another. @returns how many were answered */
async function goOn({ client, accessToken }: SignedUp, signal: AbortSignal): Promise<number> {
  let answered = 0
  while (!signal.aborted) {
    const { status } = await client.get('/users/me', { token: accessToken })
    assert.equal(status, 200)
    answered++
    await setTimeout(150)
  }
  return answered
}

describe('30. a file that becomes a multiple of what was sent stops the service for others', () => {
  let attacker: SignedUp
  let honest: SignedUp
  let usual: Burden
  before(async () => {
    const { app } = instances
    ;[attacker, honest] = [await signUp(app), await signUp(app)]
    const file = csv(candleLines(15_000))
    await upload(app, attacker, file)
    usual = await burdenOf(() => upload(app, attacker, file))
  })

  for (const { name, bytes } of hostileFiles()) {
    it(name, async () => {
      const { app } = instances
      const content = new Uint8Array(bytes)
      const over = new AbortController()
      const others = goOn(honest, over.signal)
      const { longestMs, growthBytes } = await burdenOf(async () => {
        const answers = await Promise.all([upload(app, attacker, content), upload(app, attacker, content)])
        for (const { status } of answers) assert.ok([201, 409, 413, 422].includes(status), `${status}`)
      })
      over.abort()
      assert.ok((await others) > 0)
      const bound = MAX_BLOCKED_MS + usual.longestMs
      assert.ok(
        longestMs < bound,
        `the event loop was busy for ${longestMs} ms, with ${usual.longestMs} as usual`,
      )
      assert.ok(growthBytes < MAX_GROWTH_BYTES, `${growthBytes} bytes`)
    })
  }
})

import assert from 'node:assert/strict'
import { after, before, it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { assertSound } from './invariants.ts'
import { type Load, startLoad } from './load.ts'
import { describeSamples, median, type Sample, takeSample } from './samples.ts'
import { SESSION_CAP, type Service, startService } from './service.ts'

const MINUTES = Number(process.env.MINUTES ?? '10')
const SAMPLE_MS = 2_000
const MEASURE_MS = 15_000
/** So many that none of their sessions comes near its 600 requests a minute. */
const USERS = 32
/** Until what full speed left waiting is answered, or refused as too much. */
const CALM_MS = 5_000
/** Of the whole time: caches fill, the compiler compiles, windows of limits pass for the first time. */
const WARM_UP = 0.25

/** How much more there may be in the last third than in the first: what the collector of garbage leaves at a moment. */
const MORE_MEMORY = 1.1
const MORE_HANDLES = 3
const MORE_CONNECTIONS = 2

let database: TestDatabase
let service: Service
before(async () => {
  database = await createTestDatabase()
  service = await startService({ databaseUrl: database.url, separateWorker: true })
})
after(async () => {
  await service.close()
  await database.drop()
})

/** Lets requests begin at an even pace, or whenever they like. */
function openPace() {
  let intervalMs = 0
  let next = 0
  return {
    setRate(perSecond: number) {
      intervalMs = 1000 / perSecond
      next = performance.now()
    },
    async turn() {
      if (intervalMs === 0) return
      // What was late is not made up for: that would be a burst.
      next = Math.max(next + intervalMs, performance.now())
      await delay(Math.max(0, next - performance.now()))
    },
  }
}

async function measureCapacity(load: Load): Promise<number> {
  const before = load.acknowledged()
  const begun = performance.now()
  await delay(MEASURE_MS)
  return ((load.acknowledged() - before) * 1000) / (performance.now() - begun)
}

async function watch(load: Load): Promise<Sample[]> {
  const samples: Sample[] = []
  const begun = performance.now()
  const requestsBefore = load.acknowledged()
  for (let seconds = 0; seconds < MINUTES * 60; ) {
    await delay(SAMPLE_MS)
    seconds = Math.round((performance.now() - begun) / 1000)
    samples.push(await takeSample(service, seconds, load.acknowledged() - requestsBefore))
  }
  return samples
}

function assertFlat(t: TestContext, samples: Sample[]): void {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP))
  const third = Math.floor(warm.length / 3)
  const compare = (name: keyof Sample, most: (first: number) => number) => {
    const first = median(warm.slice(0, third).map((sample) => sample[name]))
    const last = median(warm.slice(-third).map((sample) => sample[name]))
    t.diagnostic(`${name}: ${first} in the first third after the warm-up, ${last} in the last`)
    assert.ok(last <= most(first), `${name} grew from ${first} to ${last}`)
  }
  compare('webMegabytes', (first) => first * MORE_MEMORY)
  compare('workerMegabytes', (first) => first * MORE_MEMORY)
  compare('webHandles', (first) => first + MORE_HANDLES)
  compare('workerHandles', (first) => first + MORE_HANDLES)
  compare('connections', (first) => first + MORE_CONNECTIONS)
}

it(`for ${MINUTES} minutes at half load memory, handles and connections stay flat, and nothing fails`, async (t) => {
  const pace = openPace()
  const load = await startLoad(service, { users: USERS, reads: 6, turn: pace.turn, expected: /^never$/ })
  const capacity = await measureCapacity(load)
  pace.setRate(capacity / 2)
  await delay(CALM_MS)
  const shed = load.unexpected.length
  t.diagnostic(`capacity ${Math.round(capacity)} requests/s, load ${Math.round(capacity / 2)} requests/s`)
  const samples = await watch(load)
  await load.stop()
  for (const line of describeSamples(samples)) t.diagnostic(line)
  t.diagnostic(load.describe())
  assert.deepEqual(load.unexpected.slice(shed), [])
  assert.deepEqual(await load.lost(), [])
  await assertSound(database.url, SESSION_CAP)
  assertFlat(t, samples)
})

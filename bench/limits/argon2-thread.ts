import { parentPort, workerData } from 'node:worker_threads'
import { runHashingTask } from '../../src/platform/hashing/hashing-worker.ts'

/*
 * One thread of the loop: it verifies the right password again and again, as a sign-in does, and answers how often.
 */

const { password, hash, seconds } = workerData
const until = performance.now() + seconds * 1000
let verified = 0
while (performance.now() < until) {
  if (runHashingTask({ kind: 'verify', password, hash }) !== true)
    throw new Error('the password does not fit')
  verified += 1
}
parentPort?.postMessage(verified)

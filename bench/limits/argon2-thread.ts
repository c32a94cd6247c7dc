import { parentPort, workerData } from 'node:worker_threads'
import { runHashingTask } from '../../src/platform/hashing/hashing-worker.ts'

/*
 * One thread of the loop: it verifies the right password again and again, as a sign-in does, and answers how often a
 * second.
 */

const { password, hash, seconds } = workerData
const begin = performance.now()
const until = begin + seconds * 1000
let verified = 0
while (performance.now() < until) {
  if (runHashingTask({ kind: 'verify', password, hash }) !== true)
    throw new Error('the password does not fit')
  verified += 1
}
parentPort?.postMessage((verified / (performance.now() - begin)) * 1000)

import { hashSync, verifySync } from '@node-rs/argon2'
import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import * as common from '@zxcvbn-ts/language-common'
import * as english from '@zxcvbn-ts/language-en'
import bcrypt from 'bcryptjs'
import type { HashingTask } from './hashing-pool.ts'

/** OWASP's first choice, as Argon2id (the library's own default): 19 MiB, 2 passes, 1 lane. Each hash names them, so they can grow. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

let estimator: ZxcvbnFactory | undefined

/** The dictionaries take a moment and some memory: only a thread that scores loads them. */
function strength(password: string, userInputs: string[]): number {
  estimator ??= new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
  })
  return estimator.check(password, userInputs).score
}

/** Runs in a thread of the pool, one task at a time. */
export function runHashingTask(task: HashingTask): string | boolean | number {
  switch (task.kind) {
    case 'hash':
      return hashSync(task.password, ARGON2ID)
    case 'verify':
      return verifySync(task.hash, task.password)
    case 'verify_bcrypt':
      return bcrypt.compareSync(task.password, task.hash)
    case 'strength':
      return strength(task.password, task.userInputs)
  }
}

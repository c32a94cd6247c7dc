import { createHash } from 'node:crypto'
import type pg from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../errors.ts'

/** So many points in so many seconds by key; one more blocks the key for `blockSeconds` (default: until the window ends). */
export type Limit = { name: string; points: number; seconds: number; blockSeconds?: number }

export type RateLimits = {
  /** Spends a point, or throws 429 `rate_limited`. */
  spend(limit: Limit, key: string): Promise<void>
  /** Spends a point; false where none was left. For limits that must not show. */
  trySpend(limit: Limit, key: string): Promise<boolean>
  /** Gives a spent point back. */
  giveBack(limit: Limit, key: string): Promise<void>
}

/** Keys can hold addresses of people and can be long: the table sees a digest. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}

function rateLimited(result: RateLimiterRes): AppError {
  const seconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000))
  return new AppError('rate_limited', {
    detail: `Too many requests. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    retryAfterSeconds: seconds,
  })
}

/** Limits in PostgreSQL: they hold over several instances and a restart. */
export function openRateLimits(pool: pg.Pool): RateLimits {
  const limiters = new Map<string, RateLimiterPostgres>()
  const limiterOf = (limit: Limit): RateLimiterPostgres => {
    const known = limiters.get(limit.name)
    if (known !== undefined) return known
    const limiter = new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: limit.name,
      points: limit.points,
      duration: limit.seconds,
      blockDuration: limit.blockSeconds ?? 0,
    })
    limiters.set(limit.name, limiter)
    return limiter
  }
  const consume = async (limit: Limit, key: string): Promise<RateLimiterRes | undefined> => {
    try {
      await limiterOf(limit).consume(digest(key))
      return undefined
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return refusal
      throw refusal
    }
  }
  return {
    async spend(limit, key) {
      const refusal = await consume(limit, key)
      if (refusal !== undefined) throw rateLimited(refusal)
    },
    async trySpend(limit, key) {
      return (await consume(limit, key)) === undefined
    },
    async giveBack(limit, key) {
      await limiterOf(limit).reward(digest(key))
    },
  }
}

/** A limit in this process's memory: for what is asked often and where a count per process is good enough. */
export function memoryLimit({
  points,
  seconds,
}: Pick<Limit, 'points' | 'seconds'>): (key: string) => Promise<void> {
  const limiter = new RateLimiterMemory({ points, duration: seconds })
  return async (key) => {
    try {
      await limiter.consume(key)
    } catch (refusal) {
      throw refusal instanceof RateLimiterRes ? rateLimited(refusal) : refusal
    }
  }
}

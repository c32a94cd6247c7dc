import { createHash } from 'node:crypto'
import type pg from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'

/** So many points in so many seconds by key; what is more is refused until the window ends. */
export type Limit = { name: string; points: number; seconds: number }

/**
 * A limit of failures: each attempt spends a point, is refused for free, and gets its point back unless it failed. So
 * many at once are refused for no longer than it takes to find out whether they fail.
 */
export type FailureLimit = Limit & { blockSeconds: number }

export type RateLimits = {
  /** Spends a point, or throws 429 `rate_limited`. */
  spend(limit: Limit, key: string): Promise<void>
  /** Spends a point; false where none was left. For limits that must not show. */
  trySpend(limit: Limit, key: string): Promise<boolean>
  /** Spends a point, or gives it back at once and throws 429 `rate_limited`. */
  attempt(limit: FailureLimit, key: string): Promise<void>
  /** Gives a spent point back; too late is no failure. */
  giveBack(limit: Limit, key: string): Promise<void>
  /** After a failure: blocks the key for `blockSeconds` from now, if no point is left. */
  blockIfSpent(limit: FailureLimit, key: string): Promise<void>
}

const TABLE = 'rate_limits'
/** Within its own window alone: in a later one it would be a point too many. */
const GIVE_BACK = `UPDATE ${TABLE} SET points = points - 1 WHERE key = $1 AND points > 0 AND expire > $2`
const BLOCK_IF_SPENT = `UPDATE ${TABLE} SET expire = $3 WHERE key = $1 AND points >= $2`

/** Keys can hold addresses of people and can be long: the table sees a digest. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}

/** Exact where it is short; people do not count many seconds. */
function inWords(seconds: number): string {
  if (seconds > 120) return `${Math.ceil(seconds / 60)} minutes`
  return seconds === 1 ? '1 second' : `${seconds} seconds`
}

function rateLimited(result: RateLimiterRes): AppError {
  const seconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000))
  return new AppError('rate_limited', {
    detail: `Too many requests. Try again in ${inWords(seconds)}.`,
    retryAfterSeconds: seconds,
  })
}

/** Limits in PostgreSQL: they hold over several instances and a restart. */
export function openRateLimits(pool: pg.Pool, clock: Clock): RateLimits {
  const limiters = new Map<string, RateLimiterPostgres>()
  const limiterOf = (limit: Limit): RateLimiterPostgres => {
    const known = limiters.get(limit.name)
    if (known !== undefined) return known
    const limiter = new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: TABLE,
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: limit.name,
      points: limit.points,
      duration: limit.seconds,
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
  const rowOf = (limit: Limit, key: string): string => limiterOf(limit).getKey(digest(key))
  const giveBack = async (limit: Limit, key: string): Promise<void> => {
    await pool.query(GIVE_BACK, [rowOf(limit, key), clock.now().getTime()])
  }
  return {
    async spend(limit, key) {
      const refusal = await consume(limit, key)
      if (refusal !== undefined) throw rateLimited(refusal)
    },
    async trySpend(limit, key) {
      return (await consume(limit, key)) === undefined
    },
    async attempt(limit, key) {
      const refusal = await consume(limit, key)
      if (refusal === undefined) return
      await giveBack(limit, key)
      throw rateLimited(refusal)
    },
    giveBack,
    async blockIfSpent(limit, key) {
      const until = clock.now().getTime() + limit.blockSeconds * 1000
      // One statement, since points of other attempts may come back at any moment.
      await pool.query(BLOCK_IF_SPENT, [rowOf(limit, key), limit.points, until])
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

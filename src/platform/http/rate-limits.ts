import { createHash } from 'node:crypto'
import type pg from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'

/** So many points in so many seconds by key; what is more is refused until the window ends. */
export type Limit = { name: string; points: number; seconds: number }

/**
 * A limit of failures. An attempt counts from its begin, so that no more than `points` are evaluated, however many come at
 * once; it counts no more once it succeeded.
 */
export type FailureLimit = Limit & {
  /** How long the key is blocked after the last failure that the limit allows; the rest of its window where it is left out. */
  blockSeconds?: number
}

/** An attempt that was let through. Exactly one of both follows it. */
export type Attempt = {
  /** It succeeded, or was not evaluated. */
  giveBack(): Promise<void>
  fail(): Promise<void>
}

export type RateLimits = {
  /** Spends a point, or throws 429 `rate_limited`. */
  spend(limit: Limit, key: string): Promise<void>
  /** Spends a point; false where none was left. For limits that must not show. */
  trySpend(limit: Limit, key: string): Promise<boolean>
  /**
   * Begins an attempt, or throws 429 `rate_limited`: until the end of the window where all points are failures; for a
   * moment where attempts in progress may still give theirs back.
   */
  attempt(limit: FailureLimit, key: string): Promise<Attempt>
}

const TABLE = 'rate_limits'
/** The longest time that an attempt in progress usually takes. */
const ATTEMPT_SECONDS = 2

/** Counts an attempt if a point is left; one statement, so that attempts at once cannot pass each other. */
const BEGIN = `INSERT INTO ${TABLE} AS r (key, points, expire, failures) VALUES ($1, 1, $3, 0)
  ON CONFLICT (key) DO UPDATE SET
    points = CASE WHEN r.expire <= $4 THEN 1 ELSE r.points + 1 END,
    failures = CASE WHEN r.expire <= $4 THEN 0 ELSE r.failures END,
    expire = CASE WHEN r.expire <= $4 THEN $3 ELSE r.expire END
  WHERE r.expire <= $4 OR r.points < $2
  RETURNING expire`
const FIND = `SELECT failures, expire FROM ${TABLE} WHERE key = $1`
/** Within its own window alone: in a later one it would be a point too many. */
const GIVE_BACK = `UPDATE ${TABLE} SET points = points - 1 WHERE key = $1 AND expire = $2 AND points > failures`
const FAIL = `UPDATE ${TABLE} SET failures = failures + 1,
    expire = CASE WHEN failures + 1 >= $3 THEN coalesce($4, expire) ELSE expire END
  WHERE key = $1 AND expire = $2`

/** Keys can hold addresses of people and can be long: the table sees a digest. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}

/** Exact where it is short; people do not count many seconds. */
function inWords(seconds: number): string {
  if (seconds > 120) return `${Math.ceil(seconds / 60)} minutes`
  return seconds === 1 ? '1 second' : `${seconds} seconds`
}

function rateLimited(ms: number): AppError {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
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
  const refusalOf = async ({ points }: FailureLimit, row: string): Promise<AppError> => {
    const { rows } = await pool.query<{ failures: number; expire: string }>(FIND, [row])
    const left = Number(rows[0]?.expire ?? 0) - clock.now().getTime()
    const isSpent = (rows[0]?.failures ?? 0) >= points
    return rateLimited(isSpent ? left : Math.min(left, ATTEMPT_SECONDS * 1000))
  }
  return {
    async spend(limit, key) {
      const refusal = await consume(limit, key)
      if (refusal !== undefined) throw rateLimited(refusal.msBeforeNext)
    },
    async trySpend(limit, key) {
      return (await consume(limit, key)) === undefined
    },
    async attempt(limit, key) {
      const { points, seconds, blockSeconds } = limit
      const [row, now] = [rowOf(limit, key), clock.now().getTime()]
      const begun = await pool.query<{ expire: string }>(BEGIN, [row, points, now + seconds * 1000, now])
      const window = begun.rows[0]?.expire
      if (window === undefined) throw await refusalOf(limit, row)
      return {
        async giveBack() {
          await pool.query(GIVE_BACK, [row, window])
        },
        async fail() {
          const until = blockSeconds === undefined ? null : clock.now().getTime() + blockSeconds * 1000
          await pool.query(FAIL, [row, window, points, until])
        },
      }
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
      throw refusal instanceof RateLimiterRes ? rateLimited(refusal.msBeforeNext) : refusal
    }
  }
}

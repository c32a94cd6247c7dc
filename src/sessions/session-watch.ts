import type { ServerResponse } from 'node:http'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { findSessionsByIds } from './sessions-repository.ts'
import type { TokenClaims } from './token.ts'

/** In milliseconds. */
export type WatchPace = {
  /** Between two checks of all sessions with an open answer. */
  every: number
  /** Age from which an answer is checked; the guard has just checked a younger one. */
  minimumAge: number
  /** Time for a handler to answer itself before it is refused in its place. */
  grace: number
}

/** Together with one query they stay well below the 5 s within which an answer must end. */
const PACE: WatchPace = { every: 1_500, minimumAge: 500, grace: 1_000 }

/** An answer that has begun and is not finished. */
export type OpenAnswer = {
  /** Aborts when the client disconnects, and with `unauthorized` as its reason when the session ends. */
  readonly signal: AbortSignal
}

export type SessionWatch = {
  /**
   * Watches a session until the answer is sent or its client disconnects.
   * @param refuse answers 401 in the place of a handler that has not begun to answer
   */
  open(claims: TokenClaims, response: ServerResponse, refuse: () => void): OpenAnswer
}

class WatchedAnswer implements OpenAnswer {
  readonly claims: TokenClaims
  readonly since = performance.now()
  readonly #response: ServerResponse
  readonly #refuse: () => void
  /** Most answers are over before anybody asks for their signal. */
  #controller: AbortController | undefined

  constructor(claims: TokenClaims, response: ServerResponse, refuse: () => void) {
    this.claims = claims
    this.#response = response
    this.#refuse = refuse
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#response.destroyed) this.#controller.abort()
    }
    return this.#controller.signal
  }

  close(): void {
    this.#controller?.abort()
  }

  /** Ends the answer: one that has begun is cut before its handler can end it, so that the client notices what is missing. */
  revoke(graceMs: number): void {
    if (this.#response.headersSent) this.#response.destroy()
    else setTimeout(() => this.#end(), graceMs).unref()
    this.#controller?.abort(new AppError('unauthorized'))
  }

  /** What the handler has answered meanwhile stands, and so does the time that a client has to read it. */
  #end(): void {
    if (this.#response.writableEnded) return
    if (this.#response.headersSent) this.#response.destroy()
    else this.#refuse()
  }
}

type Edges = Pick<Platform, 'db' | 'clock' | 'log' | 'atClose'>

/**
 * Ends answers whose session ends while they last. All open answers of the process share one query per check; without an
 * open answer nothing is queried.
 */
export function openSessionWatch({ db, clock, log, atClose }: Edges, pace: WatchPace = PACE): SessionWatch {
  const answers = new Set<WatchedAnswer>()
  let timer: NodeJS.Timeout | undefined
  let isChecking = false

  /** While the database is away an answer lasts as long as its token proves the session. */
  const isProven = ({ claims }: WatchedAnswer) => claims.expiresAt * 1000 > clock.now().getTime()

  const check = async (old: WatchedAnswer[]): Promise<void> => {
    const ids = [...new Set(old.map(({ claims }) => claims.sessionId))]
    const live = await findSessionsByIds(db, ids, clock.now()).catch((err: unknown) => {
      log.warn({ err, answers: old.length }, 'the sessions of open answers cannot be checked')
      return undefined
    })
    for (const answer of old) {
      const isLive = live === undefined ? isProven(answer) : live.has(answer.claims.sessionId)
      if (!isLive && answers.delete(answer)) answer.revoke(pace.grace)
    }
  }
  const tick = async (): Promise<void> => {
    if (answers.size === 0) return stop()
    const before = performance.now() - pace.minimumAge
    const old = [...answers].filter(({ since }) => since <= before)
    if (isChecking || old.length === 0) return
    isChecking = true
    await check(old)
    isChecking = false
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
  }
  atClose(async () => stop())

  return {
    open(claims, response, refuse) {
      const answer = new WatchedAnswer(claims, response, refuse)
      if (response.destroyed) return answer
      answers.add(answer)
      timer ??= setInterval(tick, pace.every).unref()
      response.once('close', () => {
        answers.delete(answer)
        answer.close()
      })
      return answer
    },
  }
}

const watches = new WeakMap<Edges, SessionWatch>()

/** The process's only one. */
export function sessionWatchOf(platform: Edges): SessionWatch {
  const known = watches.get(platform)
  if (known !== undefined) return known
  const watch = openSessionWatch(platform)
  watches.set(platform, watch)
  return watch
}

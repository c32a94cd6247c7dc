import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EventPage, LoggedEvent } from '../database/event-log.ts'
import { AppError } from '../errors.ts'

export type EventSource = {
  /** Reads the events after a number; a client that reconnects names the last one that it has received. */
  read(after: number): Promise<EventPage>
}

export type StreamPace = {
  /** How long the source is let alone at first, and at most. */
  firstPollMs: number
  pollMs: number
  /** Reads without an end after which the client gets a comment: proxies close a silent connection. */
  roundsToKeepAlive: number
  /** After this time the stream ends, and the client reconnects on its own. */
  maxMs: number
}

/** Of one user, in one process: each of them polls the database. */
const MAX_STREAMS = 20
const WAIT_SECONDS = 5

/** Pause between two reads as a part of the time passed: an event arrives at most a tenth later than it could. */
const PATIENCE = 0.1

const PACE: StreamPace = { firstPollMs: 10, pollMs: 200, roundsToKeepAlive: 75, maxMs: 3_600_000 }
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
  connection: 'close',
}

/** Time that a client waits before it reconnects. */
const RETRY_MS = 2_000

export type EventStreams = {
  /**
   * Sends events until their subject has ended or is gone, the client disconnects, or the server closes.
   * @throws AppError `rate_limited` where the user has too many open streams
   */
  send(request: FastifyRequest, reply: FastifyReply, source: EventSource): Promise<void>
}

/** @returns the number in `Last-Event-ID`; 0 where there is none, or a malformed one */
function lastSeen(request: FastifyRequest): number {
  const id = String(request.headers['last-event-id'] ?? '')
  return /^\d{1,9}$/.test(id) ? Number(id) : 0
}

function asText({ number, event, data }: LoggedEvent): string {
  return `id: ${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Server-sent events from the database, so that any instance can continue where another one ended. */
export function eventStreams(app: FastifyInstance, pace: StreamPace = PACE): EventStreams {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  const open = new Map<string, number>()
  const count = (user: string, change: number) => {
    const streams = (open.get(user) ?? 0) + change
    if (streams === 0) open.delete(user)
    else open.set(user, streams)
  }

  const write = async (reply: FastifyReply, source: EventSource, after: number, first: EventPage) => {
    const { raw } = reply
    const gone = new AbortController()
    raw.once('close', () => gone.abort())
    const signal = AbortSignal.any([closing.signal, gone.signal, AbortSignal.timeout(pace.maxMs)])
    const headers = { ...reply.getHeaders(), ...STREAM_HEADERS } as Record<string, string>
    raw.writeHead(200, headers)
    raw.write(`retry: ${RETRY_MS}\n\n`)
    const begin = performance.now()
    let seen = after
    let page = first
    for (let round = 1; ; round++) {
      for (const event of page.events) {
        raw.write(asText(event))
        seen = event.number
      }
      if (signal.aborted || page.isOver) break
      if (round % pace.roundsToKeepAlive === 0) raw.write(': still here\n\n')
      const wait = Math.max(pace.firstPollMs, PATIENCE * (performance.now() - begin))
      await delay(Math.min(pace.pollMs, wait), undefined, { signal }).catch(() => {})
      const nothing = { events: [], isOver: false }
      page = signal.aborted ? nothing : await source.read(seen).catch(() => nothing)
    }
    raw.end()
  }

  return {
    async send(request, reply, source) {
      const user = request.userId ?? ''
      if ((open.get(user) ?? 0) >= MAX_STREAMS) {
        const detail = `You follow ${MAX_STREAMS} streams of events already. Close one.`
        throw new AppError('rate_limited', { detail, retryAfterSeconds: WAIT_SECONDS })
      }
      count(user, 1)
      try {
        const after = lastSeen(request)
        // The first read comes before the headers, so that its failure is still an answer.
        const first = await source.read(after)
        reply.hijack()
        await write(reply, source, after, first)
      } finally {
        count(user, -1)
      }
    },
  }
}

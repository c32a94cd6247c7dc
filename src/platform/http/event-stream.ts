import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'

/** Numbers grow; a client that comes back names the last one it has seen. */
export type StreamEvent = { number: number; event: string; data: unknown }

export type EventSource = {
  /** The events behind a number, oldest first. */
  read(after: number): Promise<StreamEvent[]>
  /** Whether nothing follows an event. */
  isLast(event: StreamEvent): boolean
  /** Whether the last one was there already when the client came: then nothing is waited for. */
  hasEnded?: boolean
}

export type StreamPace = {
  /** How long the source is let alone at first, and at most. */
  firstPollMs: number
  pollMs: number
  /** After so many questions without an end the client is told that somebody is there: proxies close what is silent. */
  roundsToKeepAlive: number
}

/** Of one user, in one process: each asks the database again and again. */
const MAX_STREAMS = 20
const WAIT_SECONDS = 5

/** What is waited for between two questions, of the time that has passed: so nobody waits a tenth longer than he had to. */
const PATIENCE = 0.1

const PACE: StreamPace = { firstPollMs: 10, pollMs: 200, roundsToKeepAlive: 75 }
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
  connection: 'close',
}

/** What the client waits before it comes back. */
const RETRY_MS = 2_000

export type EventStreams = {
  /**
   * Sends events until the last one, or until the client goes or the server closes.
   * @throws AppError `rate_limited` where the user follows too much at once
   */
  send(request: FastifyRequest, reply: FastifyReply, source: EventSource): Promise<void>
}

/** @returns the number in `Last-Event-ID`; 0 where there is none */
function lastSeen(request: FastifyRequest): number {
  const id = String(request.headers['last-event-id'] ?? '')
  return /^\d{1,9}$/.test(id) ? Number(id) : 0
}

function asText({ number, event, data }: StreamEvent): string {
  return `id: ${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Server-sent events over what lies in the database, so that any instance can go on where another one ended. */
export function eventStreams(app: FastifyInstance, pace: StreamPace = PACE): EventStreams {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  const open = new Map<string, number>()
  const count = (user: string, change: number) => {
    const streams = (open.get(user) ?? 0) + change
    if (streams === 0) open.delete(user)
    else open.set(user, streams)
  }

  const write = async (reply: FastifyReply, source: EventSource, after: number, first: StreamEvent[]) => {
    const { raw } = reply
    const gone = new AbortController()
    raw.once('close', () => gone.abort())
    const signal = AbortSignal.any([closing.signal, gone.signal])
    const headers = { ...reply.getHeaders(), ...STREAM_HEADERS } as Record<string, string>
    raw.writeHead(200, headers)
    raw.write(`retry: ${RETRY_MS}\n\n`)
    const begin = performance.now()
    let seen = after
    let events = first
    for (let round = 1; ; round++) {
      for (const event of events) {
        raw.write(asText(event))
        seen = event.number
      }
      const isOver = source.hasEnded === true || events.some((event) => source.isLast(event))
      if (signal.aborted || isOver) break
      if (round % pace.roundsToKeepAlive === 0) raw.write(': still here\n\n')
      const wait = Math.max(pace.firstPollMs, PATIENCE * (performance.now() - begin))
      await delay(Math.min(pace.pollMs, wait), undefined, { signal }).catch(() => {})
      events = signal.aborted ? [] : await source.read(seen).catch(() => [])
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
        // The first read comes before the headers: what it throws is still an answer.
        const first = await source.read(after)
        reply.hijack()
        await write(reply, source, after, first)
      } finally {
        count(user, -1)
      }
    },
  }
}

import type { FastifyReply } from 'fastify'

/** Return a signal that aborts when the client goes before it has its answer. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}

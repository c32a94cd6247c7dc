import type { FastifyInstance } from 'fastify'

/**
 * Lets each answer that is given while the server closes be the last on its connection. A connection that was busy when
 * the closing began would stay open as long as its client likes, a proxy for minutes, and closing would wait for it.
 */
export function closeConnectionsWithLastAnswers(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
}

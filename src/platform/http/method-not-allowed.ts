import type { FastifyInstance, HTTPMethods } from 'fastify'
import { AppError } from '../errors.ts'

const METHODS: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Answers 405 with `Allow` where a path exists but not for this method, and OPTIONS with what it does answer.
 * Call it before the routes are registered; it fills in the rest once they are all known.
 */
export function answerOtherMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    known.set(url, methods)
  })
  return () => {
    for (const [url, methods] of [...known]) {
      if (url.includes('*')) continue
      const allow = [...methods, 'OPTIONS']
        .filter((method, place, all) => all.indexOf(method) === place)
        .join(', ')
      const others = METHODS.filter((method) => !methods.has(method))
      app.route({
        method: others,
        url,
        schema: { hide: true },
        handler: async (request, reply) => {
          if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send()
          throw new AppError('method_not_allowed', {
            detail: `This address does not answer ${request.method}; it answers ${allow}.`,
            allow,
          })
        },
      })
    }
  }
}

import { METHODS } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { clientOf } from './client-address.ts'

/**
 * Answers 405 with `Allow` where a path exists but not for this method, and OPTIONS with what it does answer.
 * Call it before the routes are registered; it fills in the rest once they are all known.
 */
export function answerOtherMethods(
  app: FastifyInstance,
  { requestLimit }: Pick<Platform, 'requestLimit'>,
): () => void {
  const known = new Map<string, Set<string>>()
  for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    known.set(url, methods)
  })
  return () => {
    for (const [url, methods] of [...known]) {
      const allow = [...methods, 'OPTIONS'].join(', ')
      app.route({
        method: METHODS.filter((method) => !methods.has(method)),
        url,
        schema: { hide: true },
        // Before a body is read: what it holds does not matter.
        onRequest: async (request) => {
          await requestLimit(clientOf(request).addressKey)
          if (request.method === 'OPTIONS') return
          throw new AppError('method_not_allowed', {
            detail: `This address does not answer ${request.method}; it answers ${allow}.`,
            allow,
          })
        },
        handler: async (_request, reply) => reply.code(204).header('allow', allow).send(),
      })
    }
  }
}

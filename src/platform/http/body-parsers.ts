import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

/**
 * JSON is the only body there is. An empty body is no body, whatever its content type. `__proto__` and
 * `constructor` keys are dropped like any unknown field; they reach no object.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('remove', 'remove')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined)
    parseJson(request, String(body), (error, value) => {
      if (error !== null) return done(new AppError('malformed_json', { cause: error }))
      done(null, value)
    })
  })
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    done(new AppError('unsupported_media_type'))
  })
  // A route that reads fields names every missing one, also where nothing was sent.
  app.addHook('preValidation', async (request) => {
    if (request.routeOptions.schema?.body !== undefined && request.body === undefined) request.body = {}
  })
}

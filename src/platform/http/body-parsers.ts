import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/**
 * JSON in UTF-8 is the only body there is. An empty body is no body, whatever its content type. `__proto__` and
 * `constructor` keys are dropped like any unknown field; they reach no object.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parseJson = app.getDefaultJsonParser('remove', 'remove')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined)
    try {
      parseJson(request, UTF_8.decode(body), (cause, value) => {
        done(cause === null ? null : new AppError('malformed_json', { cause }), value)
      })
    } catch (cause) {
      done(new AppError('malformed_json', { detail: 'The body is not valid UTF-8.', cause }))
    }
  })
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(body.length === 0 ? null : new AppError('unsupported_media_type'), undefined)
  })
  app.addHook('onRequest', async (request) => {
    // What is no content type counts as none, so that it does no harm without a body.
    if (request.mediaType === undefined) delete request.headers['content-type']
  })
  // A route that reads fields names every missing one, also where nothing was sent.
  app.addHook('preValidation', async (request) => {
    if (request.routeOptions.schema?.body !== undefined && request.body === undefined) request.body = {}
  })
}

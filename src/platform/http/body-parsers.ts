import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

type KeyPolicy = 'remove' | 'error'

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

function addJsonParser(app: FastifyInstance, inheritedKeys: KeyPolicy): void {
  const parse = app.getDefaultJsonParser(inheritedKeys, inheritedKeys)
  const parseOrRemove = app.getDefaultJsonParser('remove', 'remove')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined)
    try {
      const text = UTF_8.decode(body)
      parse(request, text, (cause, value) => {
        if (cause === null) return done(null, value)
        // The parser gives one error for everything: a body that is JSON without such keys was refused for them.
        parseOrRemove(request, text, (fault) => {
          const detail = fault === null ? { detail: INHERITED_KEYS } : {}
          done(new AppError('malformed_json', { cause, ...detail }))
        })
      })
    } catch (cause) {
      done(new AppError('malformed_json', { detail: 'The body is not valid UTF-8.', cause }))
    }
  })
}

const INHERITED_KEYS =
  'The body has a key "__proto__", or a key "constructor" with a "prototype" inside. Choose another name.'

/**
 * Refuse `__proto__` and `constructor.prototype` as keys in the routes of a plugin whose bodies have keys that users
 * choose: there, a key that is dropped changes what the body means.
 */
export function refuseInheritedKeys(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json')
  addJsonParser(app, 'error')
}

/**
 * JSON in UTF-8 is the only body there is. An empty body is no body, whatever its content type. `__proto__` and
 * `constructor` keys are dropped like any unknown field; they reach no object.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  addJsonParser(app, 'remove')
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

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { refuseInheritedKeys } from '../platform/http/body-parsers.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { guard } from '../sessions/guard.ts'
import { addVersion } from './add-version.ts'
import { canonicalOf } from './check-document.ts'
import { diffDocuments } from './diff-documents.ts'
import { findOwnStrategy, requireVersion } from './find-own-strategy.ts'
import { inTurn } from './in-turn.ts'
import {
  Diff,
  DiffQuery,
  SavedVersion,
  StrategyPath,
  shownHead,
  shownVersion,
  Version,
  VersionForm,
  VersionList,
  VersionPath,
  VersionQuery,
} from './strategies-schemas.ts'
import { findVersions } from './versions-repository.ts'

const tags = ['Strategies']

/** What is compared: the canonical form where there is one. */
function formOf(document: unknown): unknown {
  return canonicalOf(document) ?? document
}

/** `/api/v1/strategies/{id}/versions`: what a strategy was and is; nothing of it ever changes. */
export function versionsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock, db } = platform
  return async (app) => {
    app.addHook('onRequest', guard(platform))
    refuseInheritedKeys(app)

    app.get(
      '/:id/versions',
      {
        schema: routeSchema(
          {
            operationId: 'listVersions',
            summary: 'The versions of a strategy',
            tags,
            errors: ['strategy_not_found'],
          },
          { params: StrategyPath, querystring: VersionQuery },
          { 200: Envelope(VersionList) },
          'guarded',
        ),
      },
      async (request) => {
        const { id } = await findOwnStrategy(db, request)
        const { page, limit, sort } = request.query
        const query = { page, limit, sort: sort as 'number' | '-number' }
        const { versions, total } = await findVersions(db, id, query)
        return envelope(clock, { versions: versions.map(shownHead), total, page, limit })
      },
    )

    app.post(
      '/:id/versions',
      {
        schema: routeSchema(
          {
            operationId: 'addVersion',
            summary: 'Add the next version of a strategy',
            tags,
            errors: [
              ...(['csrf_rejected', 'strategy_not_found', 'strategy_archived'] as const),
              ...(['invalid_strategy', 'too_many_versions', 'strategies_full', 'overloaded'] as const),
            ],
          },
          { params: StrategyPath, body: VersionForm },
          { 201: Envelope(SavedVersion) },
          'guarded',
        ),
      },
      async (request, reply) => {
        const strategy = await findOwnStrategy(db, request)
        const { document, note = '' } = request.body
        const { version, warnings } = await addVersion(platform, strategy, { document, note })
        reply.code(201).header('location', `/api/v1/strategies/${strategy.id}/versions/${version.number}`)
        return envelope(clock, { ...shownVersion(version), warnings })
      },
    )

    app.get(
      '/:id/versions/:number',
      {
        schema: routeSchema(
          {
            operationId: 'getVersion',
            summary: 'A version, as it was sent and in canonical form',
            tags,
            errors: ['strategy_not_found', 'version_not_found', 'validation_failed', 'overloaded'],
          },
          { params: VersionPath },
          { 200: Envelope(Version) },
          'guarded',
        ),
      },
      async (request) => {
        const strategy = await findOwnStrategy(db, request)
        const version = await requireVersion(db, strategy, request.params.number)
        const canonical = await inTurn(platform, strategy.user_id, () => canonicalOf(version.document))
        return envelope(clock, { ...shownVersion(version), canonical })
      },
    )

    app.get(
      '/:id/versions/:number/diff',
      {
        schema: routeSchema(
          {
            operationId: 'diffVersions',
            summary: 'What differs between two versions',
            tags,
            errors: ['strategy_not_found', 'version_not_found', 'overloaded'],
          },
          { params: VersionPath, querystring: DiffQuery },
          { 200: Envelope(Diff) },
          'guarded',
        ),
      },
      async (request) => {
        const strategy = await findOwnStrategy(db, request)
        const { number } = request.params
        const { against } = request.query
        const [one, other] = await Promise.all([
          requireVersion(db, strategy, number),
          requireVersion(db, strategy, against),
        ])
        const changes = await inTurn(platform, strategy.user_id, () =>
          diffDocuments(formOf(other.document), formOf(one.document)),
        )
        return envelope(clock, { number, against, is_equal: changes.length === 0, changes })
      },
    )

    app.post(
      '/:id/versions/:number/restore',
      {
        schema: routeSchema(
          {
            operationId: 'restoreVersion',
            summary: 'Add an older version once more, as the newest',
            tags,
            errors: [
              ...(['csrf_rejected', 'strategy_not_found', 'version_not_found'] as const),
              ...(['strategy_archived', 'too_many_versions', 'validation_failed'] as const),
              ...(['invalid_strategy', 'strategies_full', 'overloaded'] as const),
            ],
          },
          { params: VersionPath },
          { 201: Envelope(SavedVersion) },
          'guarded',
        ),
      },
      async (request, reply) => {
        const strategy = await findOwnStrategy(db, request)
        const { number } = request.params
        const { document } = await requireVersion(db, strategy, number)
        const note = `Restored from version ${number}`
        const { version, warnings } = await addVersion(platform, strategy, { document, note })
        reply.code(201).header('location', `/api/v1/strategies/${strategy.id}/versions/${version.number}`)
        return envelope(clock, { ...shownVersion(version), warnings })
      },
    )
  }
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '../platform/errors.ts'
import { refuseInheritedKeys } from '../platform/http/body-parsers.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { callerOf, guard } from '../sessions/guard.ts'
import { hashOf } from './check-document.ts'
import { createStrategy } from './create-strategy.ts'
import { findOwnStrategy, requireVersion, strategyKeyOf } from './find-own-strategy.ts'
import { inTurn } from './in-turn.ts'
import { canonicalDocument } from './language/canonical-document.ts'
import { checkStrategy } from './language/check-strategy.ts'
import { costPerBar } from './language/cost.ts'
import { restoreStrategy } from './restore-strategy.ts'
import {
  deleteStrategy,
  findStrategies,
  type StrategyFilter,
  updateStrategy,
} from './strategies-repository.ts'
import {
  Message,
  Removal,
  SavedStrategy,
  Strategy,
  StrategyChanges,
  StrategyDetail,
  StrategyForm,
  StrategyList,
  StrategyPath,
  StrategyQuery,
  shownStrategy,
  shownVersion,
  Validation,
  ValidationForm,
} from './strategies-schemas.ts'
import { TEMPLATES } from './templates.ts'

const tags = ['Strategies']

type Beginning = { document?: unknown; template?: string }

/** What a new strategy begins with. @throws AppError where it is not exactly one of both */
function documentOf({ document, template }: Beginning): unknown {
  if ((document === undefined) === (template === undefined)) {
    throw new AppError('validation_failed', {
      detail: 'Send either a document or the id of a template.',
      fields: { document: document === undefined ? 'is required' : 'must not stand beside a template' },
    })
  }
  return document ?? TEMPLATES.find(({ id }) => id === template)?.document
}

/** `/api/v1/strategies`: the caller's strategies. */
export function strategiesRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock, db } = platform
  return async (app) => {
    app.addHook('onRequest', guard(platform))
    refuseInheritedKeys(app)

    app.post(
      '/validate',
      {
        schema: routeSchema(
          {
            operationId: 'validateStrategy',
            summary: 'All that is to be said of a document, without saving it',
            description: 'A document with errors is answered like one without: look at `is_valid`.',
            tags,
            errors: ['csrf_rejected', 'overloaded'],
          },
          { body: ValidationForm },
          { 200: Envelope(Validation) },
          'guarded',
        ),
      },
      async (request) => {
        const { document, parameters } = request.body
        const { diagnostics, canonical, plan } = await inTurn(platform, callerOf(request).user.id, () => {
          const { tree, ...checked } = checkStrategy(document, parameters)
          return { ...checked, canonical: tree === null ? null : canonicalDocument(tree) }
        })
        return envelope(clock, {
          is_valid: plan !== null,
          diagnostics,
          look_back_bars: plan?.lookBack ?? null,
          nodes: plan?.nodes ?? null,
          cost_per_bar: plan === null ? null : costPerBar(plan),
          canonical,
          hash: canonical === null ? null : hashOf(canonical).toString('hex'),
        })
      },
    )

    app.get(
      '/',
      {
        schema: routeSchema(
          { operationId: 'listStrategies', summary: "The caller's strategies", tags },
          { querystring: StrategyQuery },
          { 200: Envelope(StrategyList) },
          'guarded',
        ),
      },
      async (request) => {
        const filter = request.query as StrategyFilter
        const { strategies, total } = await findStrategies(db, callerOf(request).user.id, filter)
        const { page, limit } = filter
        return envelope(clock, { strategies: strategies.map(shownStrategy), total, page, limit })
      },
    )

    app.post(
      '/',
      {
        schema: routeSchema(
          {
            operationId: 'createStrategy',
            summary: 'Save a strategy, from a document or a template',
            tags,
            errors: [
              'csrf_rejected',
              'invalid_strategy',
              'too_many_strategies',
              'strategies_full',
              'overloaded',
            ],
          },
          { body: StrategyForm },
          { 201: Envelope(SavedStrategy) },
          'guarded',
        ),
      },
      async (request, reply) => {
        const { name, description = '', note = '' } = request.body
        const document = documentOf(request.body)
        const given = { ...(name === undefined ? {} : { name }), description, note, document }
        const saved = await createStrategy(platform, callerOf(request).user.id, given)
        reply.code(201).header('location', `/api/v1/strategies/${saved.strategy.id}`)
        const version = { ...shownVersion(saved.version), warnings: saved.warnings }
        return envelope(clock, { ...shownStrategy(saved.strategy), version })
      },
    )

    app.get(
      '/:id',
      {
        schema: routeSchema(
          {
            operationId: 'getStrategy',
            summary: 'A strategy with its newest version',
            tags,
            errors: ['strategy_not_found'],
          },
          { params: StrategyPath },
          { 200: Envelope(StrategyDetail) },
          'guarded',
        ),
      },
      async (request) => {
        const strategy = await findOwnStrategy(db, request)
        const version = await requireVersion(db, strategy, strategy.latest_version)
        return envelope(clock, { ...shownStrategy(strategy), version: shownVersion(version) })
      },
    )

    app.patch(
      '/:id',
      {
        schema: routeSchema(
          {
            operationId: 'updateStrategy',
            summary: 'Change the name or the description; rules change by a new version',
            tags,
            errors: ['csrf_rejected', 'strategy_not_found'],
          },
          { params: StrategyPath, body: StrategyChanges },
          { 200: Envelope(Strategy) },
          'guarded',
        ),
      },
      async (request) => {
        const { id, userId } = strategyKeyOf(request)
        const { name, description } = request.body
        const changes = {
          ...(name === undefined ? {} : { name }),
          ...(description === undefined ? {} : { description }),
          updated_at: clock.now(),
        }
        return envelope(clock, shownStrategy(await updateStrategy(db, userId, id, changes)))
      },
    )

    app.delete(
      '/:id',
      {
        schema: routeSchema(
          {
            operationId: 'archiveStrategy',
            summary: 'Archive a strategy; its versions and backtests stay unless it is deleted permanently',
            tags,
            errors: ['csrf_rejected', 'strategy_not_found'],
          },
          { params: StrategyPath, querystring: Removal },
          { 200: Envelope(Message) },
          'guarded',
        ),
      },
      async (request) => {
        const { id, user_id, archived_at } = await findOwnStrategy(db, request)
        if (request.query.permanently) {
          await deleteStrategy(db, user_id, id)
          return envelope(clock, { message: 'The strategy was deleted.' })
        }
        const now = clock.now()
        if (archived_at === null) await updateStrategy(db, user_id, id, { archived_at: now, updated_at: now })
        return envelope(clock, { message: 'The strategy was archived.' })
      },
    )

    app.post(
      '/:id/restore',
      {
        schema: routeSchema(
          {
            operationId: 'restoreStrategy',
            summary: 'Take a strategy out of the archive',
            tags,
            errors: ['csrf_rejected', 'strategy_not_found', 'too_many_strategies'],
          },
          { params: StrategyPath },
          { 200: Envelope(Strategy) },
          'guarded',
        ),
      },
      async (request) => {
        const { id, userId } = strategyKeyOf(request)
        return envelope(clock, shownStrategy(await restoreStrategy(platform, userId, id)))
      },
    )
  }
}

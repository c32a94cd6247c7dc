import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { IdPath } from '../market-data/market-schemas.ts'
import type { RunState } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { refuseInheritedKeys } from '../platform/http/body-parsers.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { eventStreams } from '../platform/http/event-stream.ts'
import { IdempotencyHeaders, IdText, StreamHeaders } from '../platform/http/request-fields.ts'
import { routeSchema, shown } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { answerSignal, callerOf, guard } from '../sessions/guard.ts'
import { findOwnStrategy } from '../strategies/find-own-strategy.ts'
import { shownBacktest, shownDetail } from './backtest-view.ts'
import { type BacktestFilter, findBacktests, findEvents, recordEvent } from './backtests-repository.ts'
import {
  BacktestChanges,
  BacktestDetail,
  BacktestForm,
  BacktestList,
  BacktestQuery,
  BacktestView,
} from './backtests-schemas.ts'
import { changeBacktest, removeBacktest } from './change-backtest.ts'
import { roomOf } from './engine-room.ts'
import { findOwnBacktest } from './find-own-backtest.ts'
import { findSummaries, findSummary } from './results-repository.ts'
import { cancelRun } from './runs-repository.ts'
import { startBacktest } from './start-backtest.ts'

const tags = ['Backtests']
const STATUS = { own: 200, known: 201, queued: 202 } as const

const StrategyPath = Type.Object({ id: IdText("The strategy's id") })

const Message = Type.Object({ message: Type.String({ examples: ['The backtest was deleted.'] }) })

const Events = Type.Unsafe<unknown>({
  description: 'Server-sent events named like states, or `progress`; their data is the backtest',
  content: {
    'text/event-stream': shown(
      { type: 'string' },
      'id: 2\nevent: succeeded\ndata: {"state":"succeeded"}\n\n',
    ),
  },
})

/** What belongs to `/api/v1/strategies/{id}/backtests`, and `/api/v1/backtests`. */
export function backtestsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { db, clock } = platform

  const listed = async (userId: string, filter: BacktestFilter) => {
    const { rows, total } = await findBacktests(db, userId, filter)
    const summaries = await findSummaries(
      db,
      rows.filter(({ state }) => state === 'succeeded').map(({ result_key: key }) => key),
    )
    const backtests = rows.map((row) =>
      shownBacktest(row, summaries.get(row.result_key.toString('hex')) ?? null),
    )
    return envelope(clock, { backtests, total, page: filter.page, limit: filter.limit })
  }

  return async (app) => {
    const streams = eventStreams(app)
    app.addHook('onRequest', guard(platform))
    refuseInheritedKeys(app)

    app.post(
      '/strategies/:id/backtests',
      {
        schema: routeSchema(
          {
            operationId: 'startBacktest',
            summary: 'Run a strategy over history',
            description:
              "A run with equal inputs is not repeated: 200 with the caller's own earlier one, 201 with a new one where another strategy or version of the caller's has left the result, else 202 and the run is queued. Send `Idempotency-Key` to be able to repeat a request whose answer was lost.",
            tags,
            errors: [
              'csrf_rejected',
              'validation_failed',
              'strategy_not_found',
              'version_not_found',
              'dataset_not_found',
              'invalid_strategy',
              'no_data',
              'data_changed',
              'quota_exceeded',
              'results_full',
              'idempotency_conflict',
              'overloaded',
              'work_too_long',
            ],
          },
          { params: StrategyPath, body: BacktestForm, headers: IdempotencyHeaders },
          { 200: Envelope(BacktestDetail), 201: Envelope(BacktestDetail), 202: Envelope(BacktestDetail) },
          'guarded',
        ),
      },
      async (request, reply) => {
        const { id: strategyId } = request.params
        const { row, how } = await startBacktest(
          { ...platform, cache: roomOf(platform).cache },
          {
            userId: callerOf(request).user.id,
            strategyId,
            request: request.body,
            idempotencyKey: request.headers['idempotency-key'],
            signal: answerSignal(request),
          },
        )
        const summary = row.state === 'succeeded' ? await findSummary(db, row.result_key) : undefined
        reply.header('location', `/api/v1/backtests/${row.id}`)
        reply.code(STATUS[how])
        return envelope(clock, shownDetail(row, summary ?? null))
      },
    )

    app.get(
      '/strategies/:id/backtests',
      {
        schema: routeSchema(
          {
            operationId: 'listBacktestsOfStrategy',
            summary: "A strategy's backtests",
            tags,
            errors: ['strategy_not_found'],
          },
          { params: StrategyPath, querystring: BacktestQuery },
          { 200: Envelope(BacktestList) },
          'guarded',
        ),
      },
      async (request) => {
        const { id } = await findOwnStrategy(db, request)
        const query = { ...request.query, state: request.query.state as RunState | undefined }
        return listed(callerOf(request).user.id, { ...query, strategyId: id } as BacktestFilter)
      },
    )

    app.get(
      '/backtests',
      {
        schema: routeSchema(
          { operationId: 'listBacktests', summary: "The caller's backtests", tags },
          { querystring: BacktestQuery },
          { 200: Envelope(BacktestList) },
          'guarded',
        ),
      },
      async (request) => listed(callerOf(request).user.id, request.query as BacktestFilter),
    )

    app.get(
      '/backtests/:id',
      {
        schema: routeSchema(
          {
            operationId: 'getBacktest',
            summary: 'A backtest with its settings and its result',
            tags,
            errors: ['backtest_not_found'],
          },
          { params: IdPath },
          { 200: Envelope(BacktestDetail) },
          'guarded',
        ),
      },
      async (request) => {
        const row = await findOwnBacktest(platform, request)
        const summary = row.state === 'succeeded' ? await findSummary(db, row.result_key) : undefined
        return envelope(clock, shownDetail(row, summary ?? null))
      },
    )

    app.patch(
      '/backtests/:id',
      {
        schema: routeSchema(
          {
            operationId: 'changeBacktest',
            summary: 'Change its name, its note, or whether it is a favourite',
            tags,
            errors: ['csrf_rejected', 'backtest_not_found', 'results_full'],
          },
          { params: IdPath, body: BacktestChanges },
          { 200: Envelope(BacktestView) },
          'guarded',
        ),
      },
      async (request) => {
        const { id } = await findOwnBacktest(platform, request)
        const row = await changeBacktest(platform, callerOf(request).user.id, id, request.body)
        return envelope(clock, shownBacktest(row, null))
      },
    )

    app.delete(
      '/backtests/:id',
      {
        schema: routeSchema(
          {
            operationId: 'deleteBacktest',
            summary: 'Delete a backtest; one that runs is stopped',
            tags,
            errors: ['csrf_rejected', 'backtest_not_found'],
          },
          { params: IdPath },
          { 200: Envelope(Message) },
          'guarded',
        ),
      },
      async (request) => {
        const row = await findOwnBacktest(platform, request)
        await removeBacktest(platform, callerOf(request).user.id, row)
        return envelope(clock, { message: 'The backtest was deleted.' })
      },
    )

    app.get(
      '/backtests/:id/events',
      {
        schema: routeSchema(
          {
            operationId: 'followBacktest',
            summary: 'Follow a backtest by server-sent events',
            description:
              'Continues after the event that `Last-Event-ID` names. Ends with the backtest, its deletion, or the session, and after an hour at the latest.',
            tags,
            errors: ['backtest_not_found'],
          },
          { params: IdPath, headers: StreamHeaders },
          { 200: Events },
          'guarded',
        ),
      },
      async (request, reply) => {
        const { id, user_id: userId } = await findOwnBacktest(platform, request)
        await streams.send(request, reply, { read: (after) => findEvents(db, userId, id, after) })
      },
    )

    app.post(
      '/backtests/:id/cancel',
      {
        schema: routeSchema(
          {
            operationId: 'cancelBacktest',
            summary: 'Cancel it; one that has ended stays as it is',
            tags,
            errors: ['csrf_rejected', 'backtest_not_found'],
          },
          { params: IdPath },
          { 200: Envelope(BacktestView) },
          'guarded',
        ),
      },
      async (request) => {
        const row = await findOwnBacktest(platform, request)
        const cancelled = await inTransaction(db, async (tx) => {
          const changed = await cancelRun(tx, callerOf(request).user.id, row.id, clock.now())
          if (changed) await recordEvent(tx, changed, null)
          return changed
        })
        return envelope(clock, shownBacktest(cancelled ?? (await findOwnBacktest(platform, request)), null))
      },
    )
  }
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readInstant } from '../market-data/formats.ts'
import { IdPath, ROWS_TYPES } from '../market-data/market-schemas.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { queuedStream } from '../platform/http/queued-stream.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { answerSignal, callerOf, guard } from '../sessions/guard.ts'
import { answerTable } from './answer-table.ts'
import { comparisonAsJson } from './compare-as-json.ts'
import { compareBacktests } from './compare-backtests.ts'
import { shownExplanation } from './explanation-view.ts'
import { findOwnBacktest } from './find-own-backtest.ts'
import { makeReport } from './report/make-report.ts'
import {
  CompareQuery,
  ComparisonAnswer,
  EquityAnswer,
  EquityQuery,
  ExplainQuery,
  Explanation,
  OrdersAnswer,
  OrdersQuery,
  ReportPage,
  TradesAnswer,
  TradesQuery,
  VerificationView,
} from './results-schemas.ts'
import { explainBacktest, verifyBacktest } from './run-again.ts'
import { equitySource, ordersSource, tradesSource } from './table-sources.ts'

const tags = ['Backtests']

/** What is computed waits for a place in a queue, and has a bound. */
const QUEUED_ERRORS = ['overloaded', 'work_too_large', 'work_too_long'] as const

const TABLE_TYPES = `Send \`Accept: ${ROWS_TYPES.csv}\` or \`Accept: ${ROWS_TYPES.arrow}\` for all of it as CSV or as an Arrow IPC stream.`

/** Days of a few backtests, one table at a time. */
const COMPARING = { bytes: 4 * 1024 * 1024, seconds: 600 }

/** The page runs nothing and fetches nothing. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** What came out of `/api/v1/backtests`. */
export function resultsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { db, clock } = platform
  return async (app) => {
    app.addHook('onRequest', guard(platform))

    app.post(
      '/:id/verify',
      {
        schema: routeSchema(
          {
            operationId: 'verifyBacktest',
            summary: 'Run it again from the same rows, and compare the hashes',
            tags,
            errors: ['csrf_rejected', 'backtest_not_found', 'backtest_unfinished', ...QUEUED_ERRORS],
          },
          { params: IdPath },
          { 200: Envelope(VerificationView) },
          'guarded',
        ),
      },
      async (request) => {
        const row = await findOwnBacktest(platform, request)
        return envelope(clock, await verifyBacktest(platform, row, answerSignal(request)))
      },
    )

    const tableRoute = (
      operationId: string,
      summary: string,
      query: typeof TradesQuery,
      answer: typeof TradesAnswer,
    ) =>
      routeSchema(
        {
          operationId,
          summary,
          description: TABLE_TYPES,
          tags,
          errors: ['backtest_not_found', 'backtest_unfinished', ...QUEUED_ERRORS],
        },
        { params: IdPath, querystring: query },
        { 200: answer },
        'guarded',
      )

    app.get(
      '/:id/trades',
      { schema: tableRoute('readTrades', 'Its trades', TradesQuery, TradesAnswer) },
      async (request, reply) => {
        const row = await findOwnBacktest(platform, request)
        return answerTable(platform, row, request, reply, await tradesSource(platform, row))
      },
    )

    app.get(
      '/:id/orders',
      { schema: tableRoute('readOrders', 'Its order log', OrdersQuery, OrdersAnswer) },
      async (request, reply) => {
        const row = await findOwnBacktest(platform, request)
        return answerTable(platform, row, request, reply, await ordersSource(platform, row))
      },
    )

    app.get(
      '/:id/equity',
      {
        schema: routeSchema(
          {
            operationId: 'readEquity',
            summary: 'Its equity, drawdown, and what buying and holding had come to',
            description: TABLE_TYPES,
            tags,
            errors: ['backtest_not_found', 'backtest_unfinished', 'engine_changed', ...QUEUED_ERRORS],
          },
          { params: IdPath, querystring: EquityQuery },
          { 200: EquityAnswer },
          'guarded',
        ),
      },
      async (request, reply) => {
        const row = await findOwnBacktest(platform, request)
        const resolution = request.query.resolution === 'bar' ? 'bar' : 'day'
        return answerTable(platform, row, request, reply, await equitySource(platform, row, resolution))
      },
    )

    app.get(
      '/:id/explain',
      {
        schema: routeSchema(
          {
            operationId: 'explainBar',
            summary: 'What each rule and each condition in it was at a bar, and what came of it',
            tags,
            errors: ['backtest_not_found', 'backtest_unfinished', ...QUEUED_ERRORS],
          },
          { params: IdPath, querystring: ExplainQuery },
          { 200: Envelope(Explanation) },
          'guarded',
        ),
      },
      async (request) => {
        const row = await findOwnBacktest(platform, request)
        const bars = await explainBacktest(
          platform,
          row,
          readInstant(request.query.at),
          answerSignal(request),
        )
        return envelope(clock, { instruments: bars.map(shownExplanation) })
      },
    )

    app.get(
      '/:id/report',
      {
        schema: routeSchema(
          {
            operationId: 'readReport',
            summary: 'A report to look at, save and send on',
            tags,
            errors: ['backtest_not_found', 'backtest_unfinished', ...QUEUED_ERRORS],
          },
          { params: IdPath },
          { 200: ReportPage },
          'guarded',
        ),
      },
      async (request, reply) => {
        const row = await findOwnBacktest(platform, request)
        const page = await makeReport(platform, row, answerSignal(request))
        reply.type('text/html; charset=utf-8').header('content-security-policy', REPORT_POLICY)
        return reply.send(page)
      },
    )

    app.get(
      '/compare',
      {
        schema: routeSchema(
          {
            operationId: 'compareBacktests',
            summary: 'Metrics side by side, and equity on one axis of days',
            tags,
            errors: ['backtest_not_found', 'backtest_unfinished', ...QUEUED_ERRORS],
          },
          { querystring: CompareQuery },
          { 200: ComparisonAnswer },
          'guarded',
        ),
      },
      async (request, reply) => {
        const ids = request.query.ids.split(',').map((id) => id.trim())
        const userId = callerOf(request).user.id
        const place = await platform.work.stream.enter({
          userId,
          ...COMPARING,
          signal: answerSignal(request),
        })
        try {
          const compared = await compareBacktests({ db, budget: place.budget }, userId, ids)
          reply.type('application/json; charset=utf-8')
          return reply.send(queuedStream(place, comparisonAsJson(envelope(clock, null), compared)))
        } catch (error) {
          place.leave()
          throw error
        }
      },
    )
  }
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { findIndicator, INDICATORS } from '../indicators/catalogue.ts'
import type { Indicator } from '../indicators/indicator.ts'
import { AppError } from '../platform/errors.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { guard } from '../sessions/guard.ts'
import {
  IndicatorList,
  IndicatorPath,
  IndicatorQuery,
  ShownIndicator,
  shownIndicator,
} from './indicators-schemas.ts'
import { didYouMean, nearest } from './language/suggest.ts'

const tags = ['Strategies']

/** `/api/v1/indicators`: what a rule can compute from candles. */
export function indicatorsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock } = platform
  return async (app) => {
    app.addHook('onRequest', guard(platform))

    app.get(
      '/',
      {
        schema: routeSchema(
          { operationId: 'listIndicators', summary: 'What a rule can compute from candles', tags },
          { querystring: IndicatorQuery },
          { 200: Envelope(IndicatorList) },
          'guarded',
        ),
      },
      async (request) => {
        const { category, search = '', sort, page, limit } = request.query
        const found = INDICATORS.filter(
          (indicator) =>
            (category === undefined || indicator.category === category) && isNamed(indicator, search),
        )
        const shown = inOrder(found, sort).slice((page - 1) * limit, page * limit)
        return envelope(clock, { indicators: shown.map(shownIndicator), total: found.length, page, limit })
      },
    )

    app.get(
      '/:name',
      {
        schema: routeSchema(
          {
            operationId: 'showIndicator',
            summary: 'One indicator: definition, parameters, warm-up, reference, measured error',
            tags,
            errors: ['indicator_not_found'],
          },
          { params: IndicatorPath },
          { 200: Envelope(ShownIndicator) },
          'guarded',
        ),
      },
      async (request) => {
        const { name } = request.params
        const indicator = findIndicator(name)
        if (indicator === undefined) throw notFound(name)
        return envelope(clock, shownIndicator(indicator))
      },
    )
  }
}

function isNamed({ name, title }: Indicator, search: string): boolean {
  return `${name} ${title}`.toLowerCase().includes(search.trim().toLowerCase())
}

/** The catalogue is in order of categories. */
function inOrder(indicators: readonly Indicator[], sort: string): readonly Indicator[] {
  const sorted = sort.endsWith('name')
    ? indicators.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    : indicators
  return sort.startsWith('-') ? sorted.toReversed() : sorted
}

function notFound(name: string): AppError {
  const names = INDICATORS.map((indicator) => indicator.name)
  const suggestion = didYouMean(nearest(name, names))
  return new AppError('indicator_not_found', { detail: `There is no such indicator.${suggestion}` })
}

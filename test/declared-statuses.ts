import type { FastifyInstance } from 'fastify'
import type { Platform } from '../src/platform/platform.ts'
import { operationsOf, readOpenApi } from './openapi.ts'

/** Development alone answers it, before any route; the document describes production. */
const REFUSED_HOST = 421

type Answered = { method: string; route: string; status: number }

/** In the form of the document: no slash at the end, parameters in braces, HEAD as its GET. */
function operationKey(method: string, route: string): string {
  const path = route.replace(/(.)\/$/, '$1').replaceAll(/:(\w+)/g, '{$1}')
  return `${method === 'HEAD' ? 'GET' : method} ${path}`
}

/** A platform like the given one that remembers how each request was answered, and what was answered so far. */
export function recordStatuses(opened: Platform): { platform: Platform; answered: Answered[] } {
  const answered: Answered[] = []
  const { metrics } = opened
  const observeRequest: typeof metrics.observeRequest = (method, route, status, milliseconds) => {
    answered.push({ method, route, status })
    metrics.observeRequest(method, route, status, milliseconds)
  }
  return { platform: { ...opened, metrics: { ...metrics, observeRequest } }, answered }
}

/**
 * Answers whose status the OpenAPI document does not declare for their route. Routes that it does not show have no say:
 * unknown addresses, methods that are not allowed, the documentation itself.
 */
export function undeclaredStatuses(app: FastifyInstance, answered: Answered[]): string[] {
  const declared = new Map(
    operationsOf(readOpenApi(app)).map(({ method, path, responses }) => [
      `${method} ${path}`,
      Object.keys(responses),
    ]),
  )
  const ofRoutes = answered.filter(({ status }) => status !== REFUSED_HOST)
  const undeclared = ofRoutes.flatMap(({ method, route, status }) => {
    const key = operationKey(method, route)
    return (declared.get(key)?.includes(String(status)) ?? true) ? [] : [`${key}: ${status}`]
  })
  return [...new Set(undeclared)]
}

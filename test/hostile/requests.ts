import type { LocatedOperation } from '../openapi.ts'
import { bodyWith, bodyWithKey, type Place, placesOf } from './places.ts'
import { HOSTILE_CODES, HOSTILE_JSON, HOSTILE_KEYS, HOSTILE_TEXTS } from './values.ts'
import { bodyOf, pathOf, queryOf, type World } from './world.ts'

/** A request that is right but for one value. */
export type HostileRequest = {
  operation: LocatedOperation
  /** The value and where it is, for a message. */
  title: string
  toRequest(world: World): {
    method: string
    path: string
    headers: Record<string, string>
    body: string | undefined
  }
}

const BOUNDARY = 'hostile'
const FILE = 'timestamp,open,high,low,close,volume\n1613692800000,1,2,0.5,1,1\n'
const FIELDS = { exchange: 'binance', symbol: 'ETH/USDT', timeframe: '1m', on_conflict: 'replace' }

function formWith(name: string, value: string): string {
  const fields = Object.entries({ ...FIELDS, [name]: value })
  const part = (head: string, content: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${content}\r\n`
  const texts = fields.map(([field, text]) => part(`name="${field}"`, text))
  return `${texts.join('')}${part('name="file"; filename="x.csv"', FILE)}--${BOUNDARY}--\r\n`
}

/** Percent codes of any text: unpaired surrogates as the bytes that UTF-8 does not allow. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
}

/** What the HTTP client can send at all: the parser refuses the rest before any route. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 4_000)
}

const VALUES = ['1', '"x"', '{"a":1}']

/** Raw text to put at a place: JSON, a list of a key and JSON, percent codes, or a header as it is. */
function rawValuesOf(place: Place): string[] {
  switch (place.in) {
    case 'body':
      return [...HOSTILE_JSON]
    case 'key':
      return HOSTILE_KEYS.flatMap((key) => VALUES.map((json) => JSON.stringify([key, json])))
    case 'query':
    case 'path':
      return [...HOSTILE_TEXTS.map(encoded), ...HOSTILE_CODES]
    case 'header':
      return [...new Set(HOSTILE_TEXTS.map(headerText))]
    case 'form':
      return HOSTILE_TEXTS.map((text) => text.toWellFormed())
  }
}

function requestWith(operation: LocatedOperation, place: Place, raw: string, world: World) {
  const given = place.in === 'path' ? { [place.name]: raw } : {}
  const query = { ...queryOf(operation, world), ...(place.in === 'query' ? { [place.name]: raw } : {}) }
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${value}`)
  const text = pairs.length === 0 ? '' : `?${pairs.join('&')}`
  const example = bodyOf(operation, world)
  const head = { method: operation.method, path: pathOf(operation, world, given) + text }
  const headers = place.in === 'header' ? { [place.name]: raw } : {}
  if (place.in === 'form') {
    const type = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    return { ...head, headers: type, body: formWith(place.name, raw) }
  }
  if (operation.requestBody === undefined) return { ...head, headers, body: undefined }
  const json = { ...headers, 'content-type': 'application/json' }
  if (place.in === 'key') {
    const [key, value]: [string, string] = JSON.parse(raw)
    return { ...head, headers: json, body: bodyWithKey(example, place.path, key, value) }
  }
  const body = place.in === 'body' ? bodyWith(example, place.path, raw) : JSON.stringify(example)
  return { ...head, headers: json, body }
}

function nameOf(place: Place): string {
  return 'path' in place ? `${place.in} ${place.path.join('.')}` : `${place.in} ${place.name}`
}

/**
 * Requests to an operation with each hostile value at each place, or with every `step`-th of them, beginning elsewhere at
 * each place so that no value is left out of all.
 */
export function hostileRequests(operation: LocatedOperation, world: World, step = 1): HostileRequest[] {
  const places = placesOf(operation, bodyOf(operation, world))
  return places.flatMap((place, number) =>
    rawValuesOf(place)
      .filter((_, index) => (index + number) % step === 0)
      .map((raw) => ({
        operation,
        title: `${operation.operationId} ${nameOf(place)} = ${JSON.stringify(raw).slice(0, 100)}`,
        toRequest: (current) => requestWith(operation, place, raw, current),
      })),
  )
}

import { TIMEFRAMES, type Timeframe } from '../../market-data/timeframe.ts'
import type { Sizing } from '../signals.ts'
import { LIMITS } from './limits.ts'
import { refuseName } from './namespace.ts'
import { readParameters } from './read-parameters.ts'
import { readRisk } from './read-risk.ts'
import {
  below,
  NOTHING,
  type Reading,
  readChoice,
  readConstant,
  readExpression,
  readFields,
  readOptionalConstant,
  readRule,
  reportType,
} from './reading.ts'
import type { Parameter, Range, Rule, SideTree, StrategyTree } from './strategy-tree.ts'

const NAME_LENGTH = 100
const EXPIRES: Range = { min: 1, max: 100_000, integer: true }
const MONEY: Range = { min: 0, max: 1e15, above: true }
const SHARE: Range = { min: 0, max: 100, above: true }
const SIZES: Record<Sizing['type'], Range> = {
  percent_of_equity: SHARE,
  percent_at_risk: SHARE,
  fixed_quote: MONEY,
  fixed_quantity: MONEY,
}
/** Every other timeframe is a multiple of it, so that a missing one makes no further diagnostics. */
const FALLBACK_TIMEFRAME: Timeframe = '1s'

function readName(reading: Reading, value: unknown): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') {
    reportType(reading, 'name', 'a text', value)
    return ''
  }
  const name = value.trim()
  if (name.length === 0 || name.length > NAME_LENGTH) {
    const message = `The name must have 1 to ${NAME_LENGTH} characters.`
    reading.diagnostics.report('wrong_text', { path: 'name' }, message)
  } else if (!name.isWellFormed() || /\p{Cc}/u.test(name)) {
    const message = 'The name must not contain control characters or unpaired surrogates.'
    reading.diagnostics.report('wrong_text', { path: 'name' }, message)
  }
  return name
}

function readSeries(
  reading: Reading,
  value: unknown,
  parameters: ReadonlyMap<string, Parameter>,
): Map<string, Rule> {
  const series = new Map<string, Rule>()
  if (value === undefined || value === null) return series
  if (typeof value !== 'object' || Array.isArray(value)) {
    reportType(reading, 'series', 'an object of names and expressions', value)
    return series
  }
  const entries = Object.entries(value)
  if (entries.length > LIMITS.series) {
    const message = `There are ${entries.length} series; at most ${LIMITS.series} are possible.`
    reading.diagnostics.report('too_many', { path: 'series' }, message)
  }
  for (const [name, text] of entries.slice(0, LIMITS.series)) {
    const path = below('series', name)
    if (refuseName(reading, path, name, parameters)) continue
    series.set(name, { path, expression: readExpression(reading, path, text) ?? NOTHING })
  }
  return series
}

const ORDER_TYPES = ['market', 'limit', 'stop'] as const

function readOrder(reading: Reading, path: string, value: unknown): SideTree['order'] {
  if (value === undefined || value === null) return { type: 'market' }
  const isMarket = typeof value === 'object' && 'type' in value && value.type === 'market'
  const fields = readFields(
    reading,
    path,
    value,
    isMarket ? { required: ['type'] } : { required: ['type', 'price'], optional: ['expires_after'] },
  )
  const type = readChoice(reading, below(path, 'type'), fields?.type, ORDER_TYPES)
  if (fields === undefined || type === undefined || type === 'market') return { type: 'market' }
  return {
    type,
    price: readRule(reading, below(path, 'price'), fields.price, 'number'),
    expiresAfter: readOptionalConstant(reading, below(path, 'expires_after'), fields.expires_after, EXPIRES),
  }
}

function readSide(reading: Reading, path: string, value: unknown): SideTree | null {
  if (value === undefined || value === null) return null
  const fields = readFields(reading, path, value, { required: ['entry'], optional: ['exit', 'order'] }) ?? {}
  const hasExit = fields.exit !== undefined && fields.exit !== null
  return {
    entry: readRule(reading, below(path, 'entry'), fields.entry, 'boolean'),
    exit: hasExit ? readRule(reading, below(path, 'exit'), fields.exit, 'boolean', true) : null,
    order: readOrder(reading, below(path, 'order'), fields.order),
  }
}

function readSizing(reading: Reading, value: unknown): StrategyTree['sizing'] {
  const fallback = { type: 'fixed_quote', value: { path: '', expression: NOTHING, range: MONEY } } as const
  if (value === undefined) return fallback
  const fields = readFields(reading, 'sizing', value, { required: ['type', 'value'] })
  const types = Object.keys(SIZES) as Sizing['type'][]
  const type = readChoice(reading, 'sizing.type', fields?.type, types)
  if (type === undefined) return fallback
  return { type, value: readConstant(reading, 'sizing.value', fields?.value, SIZES[type]) }
}

const KEYS = {
  required: ['name', 'timeframe', 'sizing'],
  optional: ['parameters', 'series', 'long', 'short', 'rank', 'risk'],
}

/** Reads a whole document, telling everything that is wrong with its form; the tree is whole whatever it tells. */
export function readStrategy(reading: Reading, document: unknown): StrategyTree {
  const fields = readFields(reading, '', document, KEYS)
  const parameters = readParameters(reading, fields?.parameters)
  const rank = fields?.rank ?? null
  const tree: StrategyTree = {
    name: readName(reading, fields?.name),
    timeframe: readChoice(reading, 'timeframe', fields?.timeframe, TIMEFRAMES) ?? FALLBACK_TIMEFRAME,
    parameters,
    series: readSeries(reading, fields?.series, parameters),
    long: readSide(reading, 'long', fields?.long),
    short: readSide(reading, 'short', fields?.short),
    rank: rank === null ? null : readRule(reading, 'rank', rank, 'number'),
    sizing: readSizing(reading, fields?.sizing),
    risk: readRisk(reading, fields?.risk),
  }
  if (fields !== undefined && tree.long === null && tree.short === null) {
    const message = 'Neither "long" nor "short" has rules, so nothing would ever be traded.'
    reading.diagnostics.report('no_side', { path: 'long' }, message)
  }
  return tree
}

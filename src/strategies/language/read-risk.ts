import { LIMITS } from './limits.ts'
import {
  below,
  type Fields,
  NOTHING,
  type Reading,
  readChoice,
  readConstant,
  readFields,
  readOptionalConstant,
  readRule,
  reportType,
} from './reading.ts'
import type { Constant, LevelTree, Range, RiskTree, TargetTree } from './strategy-tree.ts'

const BARS: Range = { min: 1, max: 1_000_000, integer: true }
const SHARE: Range = { min: 0, max: 100, above: true }
const MULTIPLE: Range = { min: 0, max: 1_000, above: true }
const GAIN: Range = { min: 0, max: 10_000, above: true }
const ATR_PERIOD: Range = { min: 1, max: LIMITS.lookBack, integer: true }
const COOLDOWN: Range = { min: 0, max: 1_000_000, integer: true }
/** As many as a backtest can have instruments. */
const POSITIONS: Range = { min: 1, max: 32, integer: true }

const LEVEL_KEYS = { percent: ['value'], atr: ['period', 'multiple'], price: ['price'] } as const
type LevelType = keyof typeof LEVEL_KEYS
const ALL_LEVEL_KEYS = ['value', 'period', 'multiple', 'price']

/** Stands where a level could not be read. */
const NO_LEVEL: LevelTree = { type: 'price', price: { path: '', expression: NOTHING } }

/** Reads the type first: it decides which other keys belong there. */
function readLevel(
  reading: Reading,
  path: string,
  value: unknown,
  { types, percent, keys = [] }: { types: readonly LevelType[]; percent: Range; keys?: readonly string[] },
): { level: LevelTree; fields: Fields | undefined } {
  const isObject = typeof value === 'object' && value !== null && 'type' in value
  const known = types.find((type) => isObject && value.type === type)
  const required = ['type', ...(known === undefined ? [] : LEVEL_KEYS[known])]
  const optional = [...keys, ...(known === undefined ? ALL_LEVEL_KEYS : [])]
  const fields = readFields(reading, path, value, { required, optional })
  const type = readChoice(reading, below(path, 'type'), fields?.type, types)
  if (fields === undefined || type === undefined) return { level: NO_LEVEL, fields }
  const constant = (key: string, range: Range) => readConstant(reading, below(path, key), fields[key], range)
  if (type === 'percent') return { level: { type, value: constant('value', percent) }, fields }
  if (type === 'price') {
    return { level: { type, price: readRule(reading, below(path, 'price'), fields.price, 'number') }, fields }
  }
  return {
    level: { type, period: constant('period', ATR_PERIOD), multiple: constant('multiple', MULTIPLE) },
    fields,
  }
}

function readTargets(reading: Reading, path: string, value: unknown): TargetTree[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    reportType(reading, path, 'a list of targets, or null', value)
    return []
  }
  if (value.length > LIMITS.takeProfits) {
    const message = `There are ${value.length} targets; at most ${LIMITS.takeProfits} are possible.`
    reading.diagnostics.report('too_many', { path }, message)
  }
  return value.slice(0, LIMITS.takeProfits).map((entry: unknown, index) => {
    const place = below(path, index)
    const types = ['percent', 'atr', 'price'] as const
    const { level, fields } = readLevel(reading, place, entry, {
      types,
      percent: GAIN,
      keys: ['quantity_percent'],
    })
    const quantity = fields?.quantity_percent ?? 100
    return {
      level,
      quantityPercent: readConstant(reading, below(place, 'quantity_percent'), quantity, SHARE),
    }
  })
}

function readBreakEven(reading: Reading, path: string, value: unknown): Constant | null {
  if (value === undefined || value === null) return null
  const fields = readFields(reading, path, value, { required: ['at_percent'] })
  return readOptionalConstant(reading, below(path, 'at_percent'), fields?.at_percent, GAIN)
}

const KEYS = [
  'stop_loss',
  'take_profit',
  'trailing_stop',
  'break_even',
  'max_bars',
  'cooldown_bars',
  'max_open_positions',
  'daily_loss_percent',
  'max_drawdown_percent',
]

/** The `risk` of a document; without it there is none of it. */
export function readRisk(reading: Reading, value: unknown): RiskTree {
  const fields =
    value === undefined || value === null
      ? {}
      : (readFields(reading, 'risk', value, { required: [], optional: KEYS }) ?? {})
  const optional = (key: string, range: Range) =>
    readOptionalConstant(reading, below('risk', key), fields[key], range)
  const levelOrNull = (key: string, types: readonly LevelType[]) =>
    fields[key] === undefined || fields[key] === null
      ? null
      : readLevel(reading, below('risk', key), fields[key], { types, percent: SHARE }).level
  return {
    stopLoss: levelOrNull('stop_loss', ['percent', 'atr', 'price']),
    takeProfit: readTargets(reading, 'risk.take_profit', fields.take_profit),
    trailingStop: levelOrNull('trailing_stop', ['percent', 'atr']),
    breakEvenAtPercent: readBreakEven(reading, 'risk.break_even', fields.break_even),
    maxBars: optional('max_bars', BARS),
    cooldownBars: readConstant(reading, 'risk.cooldown_bars', fields.cooldown_bars ?? 0, COOLDOWN),
    maxOpenPositions: optional('max_open_positions', POSITIONS),
    dailyLossPercent: optional('daily_loss_percent', SHARE),
    maxDrawdownPercent: optional('max_drawdown_percent', SHARE),
  }
}

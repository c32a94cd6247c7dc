import { applyIndicator } from '../../src/indicators/apply-indicator.ts'
import { findIndicator } from '../../src/indicators/catalogue.ts'
import { isTimeframe, periodEnd, periodStart, type Timeframe } from '../../src/market-data/timeframe.ts'
import { ln } from '../../src/numerics/ln.ts'
import type { Expression } from '../../src/strategies/language/expression.ts'
import { printExpression } from '../../src/strategies/language/printer.ts'
import type { PositionValues } from '../../src/strategies/signals.ts'

/** The strategy language once more, in the plainest way: one bar, one tree, no columns. */

export type Bar = {
  timestamp: number
  open: number
  high: number
  low: number
  close: number
  volume: number
}

/** An unknown truth is null, a number that is none NaN. */
export type Value = number | boolean | null

export type World = {
  bars: Bar[]
  timeframe: Timeframe
  parameters: Record<string, number | boolean>
  series: Record<string, Expression>
  /** The position that a value of it belongs to. */
  position?: PositionValues
  /** Indicators that were computed, by their text. */
  memory: Map<string, number[]>
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN
}

function numberAt(world: World, expression: Expression, bar: number): number {
  return valueAt(world, expression, bar) as number
}

function truthAt(world: World, expression: Expression, bar: number): boolean | null {
  return valueAt(world, expression, bar) as boolean | null
}

/** What an expression is at the close of a bar. */
export function valueAt(world: World, expression: Expression, bar: number): Value {
  switch (expression.kind) {
    case 'number':
    case 'boolean':
      return expression.value
    case 'name':
      return namedValue(world, expression.name, bar)
    case 'negate':
      return -numberAt(world, expression.operand, bar)
    case 'not': {
      const truth = truthAt(world, expression.operand, bar)
      return truth === null ? null : !truth
    }
    case 'binary':
      return binaryValue(world, expression, bar)
    case 'index': {
      const offset = numberAt(world, expression.offset, bar)
      if (bar - offset < 0) return isTruth(world, expression.operand) ? null : Number.NaN
      return valueAt(world, expression.operand, bar - offset)
    }
    case 'timeframe':
      return heldValue(world, expression, bar)
    case 'call':
      return callValue(world, expression, bar)
  }
}

function isTruth(world: World, expression: Expression): boolean {
  switch (expression.kind) {
    case 'boolean':
    case 'not':
      return true
    case 'number':
    case 'negate':
      return false
    case 'binary':
      return !['+', '-', '*', '/'].includes(expression.operator)
    case 'name': {
      const series = world.series[expression.name]
      if (series !== undefined) return isTruth(world, series)
      return typeof world.parameters[expression.name] === 'boolean'
    }
    case 'index':
    case 'timeframe':
      return isTruth(world, expression.operand)
    case 'call': {
      const second = expression.inputs[1]
      if (expression.name === 'if' && second !== undefined) return isTruth(world, second)
      return expression.name.startsWith('crosses')
    }
  }
}

function namedValue(world: World, name: string, at: number): Value {
  const { position, parameters, series } = world
  const bar = world.bars[at] as Bar
  const closing = new Date(periodEnd(bar.timestamp, world.timeframe))
  const values: Record<string, () => number | undefined> = {
    timestamp: () => bar.timestamp,
    open: () => bar.open,
    high: () => bar.high,
    low: () => bar.low,
    close: () => bar.close,
    volume: () => bar.volume,
    hl2: () => (bar.high + bar.low) / 2,
    hlc3: () => (bar.high + bar.low + bar.close) / 3,
    ohlc4: () => (bar.open + bar.high + bar.low + bar.close) / 4,
    hour: () => closing.getUTCHours(),
    minute: () => closing.getUTCMinutes(),
    day_of_week: () => closing.getUTCDay() || 7,
    day_of_month: () => closing.getUTCDate(),
    entry_price: () => position?.entryPrice,
    bars_in_position: () => position?.barsInPosition,
    position_return: () => position?.positionReturn,
    highest_since_entry: () => position?.highestSinceEntry,
    lowest_since_entry: () => position?.lowestSinceEntry,
  }
  const value = values[name]?.() ?? parameters[name]
  return value ?? valueAt(world, series[name] as Expression, at)
}

function binaryValue(world: World, expression: Extract<Expression, { kind: 'binary' }>, bar: number): Value {
  const left = valueAt(world, expression.left, bar)
  const right = valueAt(world, expression.right, bar)
  if (expression.operator === 'and') {
    if (left === false || right === false) return false
    return left === null || right === null ? null : true
  }
  if (expression.operator === 'or') {
    if (left === true || right === true) return true
    return left === null || right === null ? null : false
  }
  const [a, b] = [left as number, right as number]
  switch (expression.operator) {
    case '+':
      return finite(a + b)
    case '-':
      return finite(a - b)
    case '*':
      return finite(a * b)
    case '/':
      return finite(a / b)
  }
  if (Number.isNaN(a) || Number.isNaN(b)) return null
  switch (expression.operator) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
    case '==':
      return a === b
    case '!=':
      return a !== b
  }
}

function callValue(world: World, expression: Extract<Expression, { kind: 'call' }>, bar: number): Value {
  const { name, inputs } = expression
  const [first, second, third] = inputs as [Expression, Expression, Expression]
  switch (name) {
    case 'abs':
      return Math.abs(numberAt(world, first, bar))
    case 'sqrt':
      return Math.sqrt(numberAt(world, first, bar))
    case 'ln':
      return finite(ln(numberAt(world, first, bar)))
    case 'min':
      return Math.min(...inputs.map((input) => numberAt(world, input, bar)))
    case 'max':
      return Math.max(...inputs.map((input) => numberAt(world, input, bar)))
    case 'if': {
      const condition = truthAt(world, first, bar)
      if (condition === null) return isTruth(world, second) ? null : Number.NaN
      return valueAt(world, condition ? second : third, bar)
    }
    case 'crosses_above':
    case 'crosses_below': {
      const [a, b] = name === 'crosses_above' ? [first, second] : [second, first]
      const place = { from: 0, to: 0 }
      const one: Expression = { kind: 'number', value: 1, ...place }
      const before = (operand: Expression): Expression => ({ kind: 'index', operand, offset: one, ...place })
      const was: Expression = { kind: 'binary', operator: '<=', left: before(a), right: before(b), ...place }
      const is: Expression = { kind: 'binary', operator: '>', left: a, right: b, ...place }
      return valueAt(world, { kind: 'binary', operator: 'and', left: was, right: is, ...place }, bar)
    }
    case 'highest':
    case 'lowest': {
      const bars = numberAt(world, second, bar)
      if (bar - bars + 1 < 0) return Number.NaN
      const window = Array.from({ length: bars }, (_, back) => numberAt(world, first, bar - back))
      return name === 'highest' ? Math.max(...window) : Math.min(...window)
    }
    case 'count': {
      const bars = numberAt(world, second, bar)
      if (bar - bars + 1 < 0) return Number.NaN
      const window = Array.from({ length: bars }, (_, back) => truthAt(world, first, bar - back))
      return window.includes(null) ? Number.NaN : window.filter(Boolean).length
    }
    case 'bars_since':
      return barsSince(world, first, numberAt(world, second, bar), bar)
    case 'value_when': {
      const since = barsSince(world, first, numberAt(world, third, bar), bar)
      return Number.isNaN(since) ? Number.NaN : numberAt(world, second, bar - since)
    }
    default:
      return indicatorValue(world, expression, bar)
  }
}

function barsSince(world: World, condition: Expression, within: number, bar: number): number {
  for (let back = 0; back <= within && back <= bar; back++) {
    const truth = truthAt(world, condition, bar - back)
    if (truth === true) return back
    if (truth === null) return Number.NaN
  }
  return Number.NaN
}

function indicatorValue(
  world: World,
  expression: Extract<Expression, { kind: 'call' }>,
  bar: number,
): number {
  const text = printExpression(expression)
  const known = world.memory.get(text)
  if (known !== undefined) return known[bar] as number
  const indicator = findIndicator(expression.name)
  if (indicator === undefined) throw new Error(`no indicator ${expression.name}`)
  const inputs = [...expression.inputs]
  const columns = indicator.inputs.map((input) => {
    if (input !== 'source') return Float64Array.from(world.bars, (found) => found[input])
    const source = inputs.shift() as Expression
    return Float64Array.from(world.bars, (_, at) => numberAt(world, source, at))
  })
  const parameters = indicator.parameters.map(({ default: initial }, at) => {
    const given = inputs[at]
    return given === undefined ? (initial as number) : numberAt(world, given, bar)
  })
  const outputs = applyIndicator(indicator, columns, parameters)
  const output = outputs[Math.max(0, indicator.outputs.indexOf(String(expression.output)))] as Float64Array
  world.memory.set(text, [...output])
  return output[bar] as number
}

/** The bars of whole periods: one that the beginning of the data cuts off is none. */
function largerBars(world: World, timeframe: Timeframe): Bar[] {
  const periods = new Map<number, Bar[]>()
  for (const bar of world.bars) {
    const start = periodStart(bar.timestamp, timeframe)
    periods.set(start, [...(periods.get(start) ?? []), bar])
  }
  const first = world.bars[0] as Bar
  if (periodStart(first.timestamp, timeframe) !== first.timestamp) {
    periods.delete(periodStart(first.timestamp, timeframe))
  }
  return [...periods].map(([timestamp, bars]) => ({
    timestamp,
    open: (bars[0] as Bar).open,
    high: Math.max(...bars.map(({ high }) => high)),
    low: Math.min(...bars.map(({ low }) => low)),
    close: (bars.at(-1) as Bar).close,
    volume: bars.reduce((sum, { volume }) => sum + volume, 0),
  }))
}

const LARGER = new WeakMap<World, Map<Timeframe, World>>()

function largerWorld(world: World, timeframe: Timeframe): World {
  const known = LARGER.get(world) ?? new Map<Timeframe, World>()
  LARGER.set(world, known)
  const found = known.get(timeframe) ?? {
    ...world,
    timeframe,
    bars: largerBars(world, timeframe),
    memory: new Map(),
  }
  known.set(timeframe, found)
  return found
}

function heldValue(world: World, expression: Extract<Expression, { kind: 'timeframe' }>, bar: number): Value {
  const { operand, timeframe } = expression
  if (!isTimeframe(timeframe)) throw new Error(`no timeframe ${timeframe}`)
  const larger = largerWorld(world, timeframe)
  const now = periodEnd((world.bars[bar] as Bar).timestamp, world.timeframe)
  const newest = larger.bars.findLastIndex(({ timestamp }) => periodEnd(timestamp, timeframe) <= now)
  if (newest < 0) return isTruth(world, operand) ? null : Number.NaN
  return valueAt(larger, operand, newest)
}

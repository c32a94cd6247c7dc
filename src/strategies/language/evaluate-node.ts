import { applyIndicator } from '../../indicators/apply-indicator.ts'
import { findIndicator } from '../../indicators/catalogue.ts'
import type { Candles } from '../../market-data/candles.ts'
import type { ColumnMemory } from '../../numerics/column-memory.ts'
import type { Column } from './column-cache.ts'
import { type Frame, isWhole, type LargerFrame } from './frames.ts'
import {
  absolute,
  add,
  choose,
  divide,
  logarithm,
  maximum,
  minimum,
  multiply,
  negate,
  squareRoot,
  subtract,
} from './kernels/arithmetic.ts'
import { closeTimes } from './kernels/close-time.ts'
import { crossesAbove, equal, less, lessOrEqual, notEqual } from './kernels/comparison.ts'
import { and, chooseTruths, createMask, not, or } from './kernels/logic.ts'
import { held, heldTruths, offset, offsetTruths } from './kernels/shifts.ts'
import { barsSince, count, highest, lowest, valueWhen } from './kernels/windows.ts'
import type { CloseTimeName } from './names.ts'
import type { Operands } from './operands.ts'
import type { PlanNode } from './plan.ts'
import { promised } from './resolving.ts'

export type NodeContext = {
  frame: Frame
  /** Of the larger timeframe that a `held` node reads. */
  larger: LargerFrame | null
  operands: Operands
  memory: ColumnMemory
}

const UNARY = { negate, absolute, square_root: squareRoot, logarithm } as const
const BINARY = { add, subtract, multiply, divide, minimum, maximum } as const
const WINDOWS = { highest, lowest } as const
const LOGIC = { and, or } as const
const COMPARISONS = {
  less,
  less_or_equal: lessOrEqual,
  equal,
  not_equal: notEqual,
  crosses_above: crossesAbove,
} as const

/** The columns of an indicator, one for each output; of everything else one. Nothing where it needs a position. */
export function evaluateNode(node: PlanNode, context: NodeContext): Column[] {
  if (node.operation === 'indicator') return indicatorColumns(node, context)
  if (node.operation === 'constant') return [constantColumn(node)]
  return [node.type === 'boolean' ? truthColumn(node, context) : numberColumn(node, context)]
}

function constantColumn({ type, numbers }: PlanNode): Column {
  const value = numbers[0] as number
  return type === 'boolean' ? new Uint8Array(4).fill(value) : Float64Array.of(value)
}

function indicatorColumns(
  { name, inputs, numbers }: PlanNode,
  { frame, operands, memory }: NodeContext,
): Float64Array[] {
  const indicator = promised(findIndicator(name))
  const sources = inputs.map((input) => operands.allNumbers(input))
  let next = 0
  const columns = indicator.inputs.map((input) =>
    input === 'source' ? (sources[next++] as Float64Array) : frame.candles[input],
  )
  const isCandles = (column: Float64Array) => Object.values(frame.candles).includes(column)
  const hasGap = (column: Float64Array) => !(isCandles(column) && isWhole(column))
  return applyIndicator(indicator, columns, numbers, { memory, hasGap })
}

function numberColumn(node: PlanNode, context: NodeContext): Float64Array {
  const { operation, inputs, numbers, name } = node
  const { frame, operands, memory } = context
  if (operation === 'column') return frame.candles[name as keyof Candles]
  const out = memory.numbers(frame.length)
  const [a = 0, b = 0, c = 0] = inputs
  const [bars = 1] = numbers
  switch (operation) {
    case 'close_time':
      closeTimes(out, frame.candles.timestamp, frame.timeframe, name as CloseTimeName)
      return out
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'minimum':
    case 'maximum':
      BINARY[operation](out, operands.numbers(a), operands.numbers(b))
      return out
    case 'choose':
      choose(out, operands.truths(a), operands.numbers(b), operands.numbers(c))
      return out
    case 'offset':
      offset(out, operands.allNumbers(a), bars)
      return out
    case 'held':
      held(out, operands.numbers(a), (context.larger as LargerFrame).visible)
      return out
    case 'highest':
    case 'lowest':
      WINDOWS[operation](out, operands.allNumbers(a), bars)
      return out
    case 'count':
      count(out, operands.allTruths(a), bars)
      return out
    case 'bars_since':
      barsSince(out, operands.allTruths(a), bars)
      return out
    case 'value_when':
      valueWhen(out, operands.allTruths(a), operands.allNumbers(b), bars)
      return out
    default:
      UNARY[operation as keyof typeof UNARY](out, operands.numbers(a))
      return out
  }
}

function truthColumn(node: PlanNode, { frame, larger, operands, memory }: NodeContext): Uint8Array {
  const { operation, inputs, numbers } = node
  const out = createMask(frame.length, memory)
  const [a = 0, b = 0, c = 0] = inputs
  switch (operation) {
    case 'and':
    case 'or':
      LOGIC[operation](out, operands.truths(a), operands.truths(b))
      return out
    case 'not':
      not(out, operands.truths(a))
      return out
    case 'choose':
      chooseTruths(out, operands.truths(a), operands.truths(b), operands.truths(c))
      return out
    case 'offset':
      offsetTruths(out, operands.allTruths(a), numbers[0] as number)
      return out
    case 'held':
      heldTruths(out, operands.truths(a), (larger as LargerFrame).visible)
      return out
    default:
      COMPARISONS[operation as keyof typeof COMPARISONS](
        out,
        operands.numbers(a),
        operands.numbers(b),
        frame.length,
      )
      return out
  }
}

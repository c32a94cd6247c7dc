import { firstMoves } from '../../indicators/kernels/relative-strength.ts'
import { alphaOf, firstMean } from '../../indicators/kernels/smoothing.ts'
import type { PlanNode } from './plan.ts'

/** An indicator of one column of the candles that can be written as a few lines of a loop, to the bit as its kernel. */
export type Recurrence = {
  /** How many numbers it begins with. */
  count: number
  /** Those numbers; the first is the bar of the first value. The column has no gap. */
  numbers(column: Float64Array, length: number): number[]
  /** Variables that go from bar to bar. */
  state(value: string): string
  /** The lines of a bar, which end with the value; `seeds` where this may be the bar of the first one. */
  lines(value: string, x: string, n: (place: number) => string, seeds: boolean): string
}

function average(weightOf: (length: number) => number): Recurrence {
  return {
    count: 4,
    numbers(column, length) {
      const weight = weightOf(length)
      return [length - 1, weight, 1 - weight, column.length < length ? Number.NaN : firstMean(column, length)]
    },
    state: (v) => `let e${v} = NaN`,
    lines(v, x, n, seeds) {
      const next = `${n(1)} * ${x} + ${n(2)} * e${v}`
      return `e${v} = ${seeds ? `i === ${n(0)} ? ${n(3)} : ${next}` : next}; const ${v} = e${v}`
    },
  }
}

const relativeStrength: Recurrence = {
  count: 5,
  numbers(column, length) {
    const weight = 1 / length
    const { gains, losses } =
      column.length <= length ? { gains: Number.NaN, losses: Number.NaN } : firstMoves(column, length)
    return [length, weight, 1 - weight, gains, losses]
  },
  state: (v) => `let g${v} = NaN, l${v} = NaN, y${v} = NaN`,
  lines(v, x, n, seeds) {
    const move = `const h${v} = ${x} - y${v}; const w${v} = 0.5 * (h${v} + Math.abs(h${v})); y${v} = ${x}`
    const next = `g${v} = ${n(1)} * w${v} + ${n(2)} * g${v}; l${v} = ${n(1)} * (w${v} - h${v}) + ${n(2)} * l${v}`
    const begun = seeds ? `if (i === ${n(0)}) { g${v} = ${n(3)}; l${v} = ${n(4)} } else { ${next} }` : next
    return `${move}; ${begun}; const q${v} = g${v} + l${v}; const ${v} = q${v} === 0 ? 0 : 100 * (g${v} / q${v})`
  },
}

const RECURRENCES: ReadonlyMap<string, Recurrence> = new Map([
  ['ema', average(alphaOf)],
  ['rma', average((length) => 1 / length)],
  ['rsi', relativeStrength],
])

export function recurrenceOf({ operation, name }: PlanNode): Recurrence | undefined {
  return operation === 'indicator' ? RECURRENCES.get(name) : undefined
}

/** Whether a node is a recurrence over a column of the candles. */
export function isRecurrence(graph: readonly PlanNode[], node: PlanNode): boolean {
  return recurrenceOf(node) !== undefined && graph[node.inputs[0] as number]?.operation === 'column'
}

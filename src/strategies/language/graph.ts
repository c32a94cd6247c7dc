import type { Timeframe } from '../../market-data/timeframe.ts'
import { BAR_OPERATIONS, chooseTruth, isBarOperation } from './bar-operations.ts'
import type { ValueType } from './functions.ts'
import type { Operation, PlanNode } from './plan.ts'

type NodeFields = {
  operation: Operation
  type: ValueType
  timeframe?: Timeframe | null
  inputs?: readonly number[]
  numbers?: readonly number[]
  name?: string
  output?: number
}

/** The distinct subexpressions of a strategy, each once, however often it is written. */
export type Graph = {
  nodes: PlanNode[]
  /** Position of the node; of the equal one that is there already, or of the constant it amounts to. */
  add(fields: NodeFields): number
  constant(value: number, type?: ValueType): number
  /** Value of a constant; nothing of any other node. */
  valueOf(node: number): number | undefined
}

/** What a node says, in one line, where its inputs are named by `names`. */
export function nodeKey({ text }: PlanNode, names: readonly (number | string)[]): string {
  return names.length === 0 ? text : `${text}|${names.join(' ')}`
}

function withText(node: Omit<PlanNode, 'text'>): PlanNode {
  const { operation, type, timeframe, numbers, name, output } = node
  return { ...node, text: `${operation}|${type}|${timeframe ?? ''}|${name}|${output}|${numbers.join(' ')}` }
}

export function createGraph(): Graph {
  const nodes: PlanNode[] = []
  const positions = new Map<string, number>()
  const at = (position: number) => nodes[position] as PlanNode

  function intern(fields: Omit<PlanNode, 'text'>): number {
    const node = withText(fields)
    const key = nodeKey(node, node.inputs)
    const found = positions.get(key)
    if (found !== undefined) return found
    positions.set(key, nodes.length)
    return nodes.push(node) - 1
  }

  function constant(value: number, type: ValueType = 'number'): number {
    return intern({
      operation: 'constant',
      type,
      timeframe: null,
      inputs: [],
      // One zero: which of the two it is makes no difference, since nothing divides by it.
      numbers: [value + 0],
      name: '',
      output: 0,
      readsPosition: false,
    })
  }

  /** Only subtrees of constants are computed beforehand; nothing else is moved. */
  function folded({ operation, type, inputs = [] }: NodeFields): number | undefined {
    if (!isBarOperation(operation)) return undefined
    const values = inputs.map((input) =>
      at(input).operation === 'constant' ? at(input).numbers[0] : undefined,
    )
    if (values.includes(undefined)) return undefined
    const [a = 0, b = 0, c = 0] = values
    const isTruth = operation === 'choose' && type === 'boolean'
    return constant(isTruth ? chooseTruth(a, b, c) : BAR_OPERATIONS[operation](a, b, c), type)
  }

  return {
    nodes,
    constant,
    valueOf: (node) => (at(node).operation === 'constant' ? at(node).numbers[0] : undefined),
    add(fields) {
      const { operation, type, timeframe = null, inputs = [], numbers = [], name = '', output = 0 } = fields
      const readsPosition = operation === 'position' || inputs.some((input) => at(input).readsPosition)
      return (
        folded(fields) ?? intern({ operation, type, timeframe, inputs, numbers, name, output, readsPosition })
      )
    },
  }
}

import type { Column } from './column-cache.ts'
import type { Operation, PlanNode } from './plan.ts'
import { recurrenceOf } from './recurrences.ts'

type Loop = (
  length: number,
  /** Bars after which every recurrence has begun. */
  begun: number,
  out: Column,
  columns: readonly Column[],
  numbers: readonly number[],
) => void

export type FusedLoop = {
  run: Loop
  /** Nodes whose columns it is run with. */
  columns: readonly number[]
  /** The nodes whose numbers it is run with, one after another: constants and recurrences. */
  numbered: readonly number[]
}

type Statement = (value: string, a: string, b: string, c: string, isTruth: boolean) => string

const arithmetic =
  (sign: string): Statement =>
  (value, a, b) =>
    `const r${value} = ${a} ${sign} ${b}; const ${value} = r${value} + r${value} * 0`

const comparison =
  (holds: string, fails: string): Statement =>
  (value, a, b) =>
    `const ${value} = (Number(${a} ${holds} ${b}) << 1) | (1 ^ Number(${a} ${fails} ${b}))`

/** What each operation is in the loop: the same as in the kernels, for truths in two bits (`truth.ts`). */
const STATEMENTS: Partial<Record<Operation, Statement>> = {
  add: arithmetic('+'),
  subtract: arithmetic('-'),
  multiply: arithmetic('*'),
  divide: arithmetic('/'),
  minimum: (value, a, b) => `const ${value} = Math.min(${a}, ${b})`,
  maximum: (value, a, b) => `const ${value} = Math.max(${a}, ${b})`,
  negate: (value, a) => `const ${value} = -${a}`,
  absolute: (value, a) => `const ${value} = Math.abs(${a})`,
  square_root: (value, a) => `const ${value} = Math.sqrt(${a})`,
  less: comparison('<', '>='),
  less_or_equal: comparison('<=', '>'),
  equal: (value, a, b) =>
    `const ${value} = (Number(${a} === ${b}) << 1) | (1 ^ (Number(${a} < ${b}) | Number(${a} > ${b})))`,
  not_equal: (value, a, b) =>
    `const ${value} = ((Number(${a} < ${b}) | Number(${a} > ${b})) << 1) | (1 ^ Number(${a} === ${b}))`,
  crosses_above: (value, a, b) =>
    `const u${value} = Number(${a} > ${b}); const d${value} = Number(${a} <= ${b}); ` +
    `const ${value} = p${value} & ((u${value} << 1) | (1 ^ d${value})); p${value} = (d${value} << 1) | (1 ^ u${value})`,
  and: (value, a, b) => `const ${value} = ${a} & ${b}`,
  or: (value, a, b) => `const ${value} = ${a} | ${b}`,
  not: (value, a) => `const ${value} = 3 ^ (((${a} & 1) << 1) | (${a} >>> 1))`,
  choose: (value, a, b, c, isTruth) =>
    `const ${value} = ${a} === 3 ? ${b} : ${a} === 0 ? ${c} : ${isTruth ? '1' : 'NaN'}`,
}

const MOST_LOOPS = 256
const loops = new Map<string, Loop>()

/** The text holds nothing but what stands here and places in the plan: no name, number or text that a user wrote. */
function compiled(source: string): Loop {
  const found = loops.get(source)
  if (found) return found
  if (loops.size === MOST_LOOPS) loops.clear()
  const loop = new Function('length', 'begun', 'out', 'columns', 'numbers', source) as Loop
  loops.set(source, loop)
  return loop
}

/** The parts of a loop while it is written. */
class Writing {
  readonly columns: number[] = []
  readonly numbered: number[] = []
  readonly before: string[] = []
  readonly reads: string[] = []
  private readonly names = new Map<number, string>()
  private readonly graph: readonly PlanNode[]
  private numbers = 0

  constructor(graph: readonly PlanNode[], group: readonly number[]) {
    this.graph = graph
    group.forEach((node, place) => void this.names.set(node, `v${place}`))
  }

  /** The name of a node's value at a bar. */
  nameOf(node: number): string {
    const known = this.names.get(node)
    if (known) return known
    const isConstant = this.graph[node]?.operation === 'constant'
    const name = isConstant ? this.number(node, 1)(0) : `x${this.columns.length}`
    if (!isConstant) this.read(node)
    this.names.set(node, name)
    return name
  }

  /** Takes in a node's numbers. A sign before each tells the compiler that they are some. */
  number(node: number, count: number): (place: number) => string {
    const first = this.numbers
    this.numbers += count
    this.numbered.push(node)
    for (let at = first; at < this.numbers; at++) this.before.push(`const n${at} = +numbers[${at}]`)
    return (place) => `n${first + place}`
  }

  private read(node: number) {
    const place = this.columns.push(node) - 1
    this.before.push(`const c${place} = columns[${place}]`)
    this.reads.push(`const x${place} = c${place}[i]`)
  }
}

type Line = (seeds: boolean) => string

function lineOf(writing: Writing, node: PlanNode, position: number, value: string): Line {
  const { operation, inputs, type } = node
  const recurrence = recurrenceOf(node)
  const [a = '', b = '', c = ''] = inputs.map((input) => writing.nameOf(input))
  if (recurrence) {
    const n = writing.number(position, recurrence.count)
    writing.before.push(recurrence.state(value))
    return (seeds) => recurrence.lines(value, a, n, seeds)
  }
  if (operation === 'crosses_above') writing.before.push(`let p${value} = 1`)
  const line = (STATEMENTS[operation] as Statement)(value, a, b, c, type === 'boolean')
  return () => line
}

/**
 * One loop for some nodes, of which only the last gets a column.
 * @param group in the order in which they can be computed
 */
export function fusedLoop(graph: readonly PlanNode[], group: readonly number[]): FusedLoop {
  const writing = new Writing(graph, group)
  const lines = group.map((node, place) => lineOf(writing, graph[node] as PlanNode, node, `v${place}`))
  const { before, reads, columns, numbered } = writing
  const body = (seeds: boolean) =>
    [...reads, ...lines.map((line) => line(seeds)), `out[i] = v${group.length - 1}`].join('\n')
  const source = [
    `'use strict'`,
    ...before,
    'let i = 0',
    `for (; i < begun; i++) {\n${body(true)}\n}`,
    `for (; i < length; i++) {\n${body(false)}\n}`,
  ].join('\n')
  return { run: compiled(source), columns, numbered }
}

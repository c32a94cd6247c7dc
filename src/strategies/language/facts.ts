import type { ValueType } from './functions.ts'

/** What is known of an expression before anything is computed. */
export type Facts = {
  /** Undefined where something is wrong with it that was told already. */
  type: ValueType | undefined
  /** Made of numbers and parameters alone. */
  isConstant: boolean
  /** Reads a bar of the timeframe it is computed on. */
  readsBars: boolean
  /** Reads what is held from a larger timeframe. */
  readsHeld: boolean
  readsPosition: boolean
  /** True for one bar at a crossing. */
  isCross: boolean
  /** How deep operations and series lie inside each other. */
  height: number
}

const PLAIN: Facts = {
  type: undefined,
  isConstant: false,
  readsBars: false,
  readsHeld: false,
  readsPosition: false,
  isCross: false,
  height: 0,
}

export const UNKNOWN_FACTS = PLAIN

export function constantOf(type: ValueType): Facts {
  return { ...PLAIN, type, isConstant: true }
}

export const BAR_VALUE: Facts = { ...PLAIN, type: 'number', readsBars: true }
export const POSITION_VALUE: Facts = { ...PLAIN, type: 'number', readsPosition: true }

/** What holds of an expression that is made of others. */
export function combined(type: ValueType | undefined, parts: readonly Facts[]): Facts {
  return {
    type,
    isConstant: parts.every((part) => part.isConstant),
    readsBars: parts.some((part) => part.readsBars),
    readsHeld: parts.some((part) => part.readsHeld),
    readsPosition: parts.some((part) => part.readsPosition),
    isCross: type === 'boolean' && parts.some((part) => part.isCross),
    height: Math.max(0, ...parts.map((part) => part.height)) + 1,
  }
}

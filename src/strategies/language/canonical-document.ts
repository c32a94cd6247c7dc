import { printExpression } from './printer.ts'
import type {
  Constant,
  LevelTree,
  OrderTree,
  Parameter,
  RiskTree,
  Rule,
  SideTree,
  StrategyTree,
  TargetTree,
} from './strategy-tree.ts'

/** A document in the one form that all ways of writing it share. It is a valid document itself. */
export type CanonicalDocument = Readonly<Record<string, unknown>>

function byName<T, U>(entries: ReadonlyMap<string, T>, shown: (value: T) => U): Record<string, U> {
  const names = [...entries.keys()].sort()
  return Object.fromEntries(names.map((name) => [name, shown(entries.get(name) as T)]))
}

function parameterForm(parameter: Parameter): object {
  if (parameter.kind === 'boolean') return { default: parameter.default }
  const { default: initial, min, max, step } = parameter
  return { default: initial, min, max, step }
}

function ruleForm({ expression }: Rule): string {
  return printExpression(expression)
}

function constantForm({ expression }: Constant): number | string {
  if (expression.kind === 'number') return expression.value
  return printExpression(expression)
}

function optional(constant: Constant | null): number | string | null {
  return constant === null ? null : constantForm(constant)
}

function levelForm(level: LevelTree): object {
  switch (level.type) {
    case 'percent':
      return { type: level.type, value: constantForm(level.value) }
    case 'atr':
      return { type: level.type, period: constantForm(level.period), multiple: constantForm(level.multiple) }
    case 'price':
      return { type: level.type, price: ruleForm(level.price) }
  }
}

function targetForm({ level, quantityPercent }: TargetTree): object {
  return { ...levelForm(level), quantity_percent: constantForm(quantityPercent) }
}

function orderForm(order: OrderTree): object {
  if (order.type === 'market') return { type: order.type }
  return { type: order.type, price: ruleForm(order.price), expires_after: optional(order.expiresAfter) }
}

function sideForm(side: SideTree | null): object | null {
  if (side === null) return null
  const { entry, exit, order } = side
  return { entry: ruleForm(entry), exit: exit === null ? null : ruleForm(exit), order: orderForm(order) }
}

function riskForm(risk: RiskTree): object {
  return {
    stop_loss: risk.stopLoss === null ? null : levelForm(risk.stopLoss),
    take_profit: risk.takeProfit.length === 0 ? null : risk.takeProfit.map(targetForm),
    trailing_stop: risk.trailingStop === null ? null : levelForm(risk.trailingStop),
    break_even:
      risk.breakEvenAtPercent === null ? null : { at_percent: constantForm(risk.breakEvenAtPercent) },
    max_bars: optional(risk.maxBars),
    cooldown_bars: constantForm(risk.cooldownBars),
    max_open_positions: optional(risk.maxOpenPositions),
    daily_loss_percent: optional(risk.dailyLossPercent),
    max_drawdown_percent: optional(risk.maxDrawdownPercent),
  }
}

/**
 * Every key, in one order, defaults filled in, names sorted, expressions printed. Documents that differ in how they
 * are written, and in nothing else, are the same text as JSON.
 */
export function canonicalDocument(tree: StrategyTree): CanonicalDocument {
  return {
    name: tree.name,
    timeframe: tree.timeframe,
    parameters: byName(tree.parameters, parameterForm),
    series: byName(tree.series, ruleForm),
    long: sideForm(tree.long),
    short: sideForm(tree.short),
    rank: tree.rank === null ? null : ruleForm(tree.rank),
    sizing: { type: tree.sizing.type, value: constantForm(tree.sizing.value) },
    risk: riskForm(tree.risk),
  }
}

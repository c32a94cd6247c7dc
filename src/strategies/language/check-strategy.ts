import { checkTypes, type TypeCheck } from './check-types.ts'
import { createDiagnostics, type Diagnostic, type Diagnostics } from './diagnostic.ts'
import { isLargerThan } from './document-size.ts'
import { LIMITS } from './limits.ts'
import { checkPlan, makeBarePlan, makePlan } from './make-plan.ts'
import { extremeValues, givenValues, type ParameterValues } from './parameter-values.ts'
import type { BarePlan, Plan } from './plan.ts'
import { readStrategy } from './read-strategy.ts'
import { startReading } from './reading.ts'
import { TooManyOperations } from './resolving.ts'
import type { StrategyTree } from './strategy-tree.ts'

export type CheckedDocument = { diagnostics: Diagnostic[]; tree: StrategyTree | null }
export type CheckedStrategy = CheckedDocument & { plan: Plan | null }

/** Timeframes that a message names. */
const MOST_SHOWN = 16

function warnOfUnused(
  { diagnostics, tree }: { diagnostics: Diagnostics; tree: StrategyTree },
  { used }: TypeCheck,
): void {
  for (const name of tree.parameters.keys()) {
    if (used.has(name)) continue
    diagnostics.report(
      'unused_parameter',
      { path: `parameters.${name}` },
      `Nothing reads the parameter "${name}".`,
    )
  }
  for (const name of tree.series.keys()) {
    if (used.has(name)) continue
    diagnostics.report('unused_series', { path: `series.${name}` }, `No rule reads the series "${name}".`)
  }
}

function checkTimeframes(diagnostics: Diagnostics, { timeframes }: TypeCheck): void {
  if (timeframes.size <= LIMITS.timeframes) return
  const shown = [...timeframes].slice(0, MOST_SHOWN).map((timeframe) => timeframe.slice(0, 64))
  const more = timeframes.size > shown.length ? ', …' : ''
  const message = `There are ${timeframes.size} timeframes behind "@": ${shown.join(', ')}${more}. At most ${LIMITS.timeframes} are possible.`
  diagnostics.report('too_many', { path: 'timeframe' }, message)
}

/** Tells of what is missing for the whole to make sense. */
function checkSense(diagnostics: Diagnostics, { long, short, risk, sizing }: StrategyTree): void {
  if (sizing.type === 'percent_at_risk' && risk.stopLoss === null) {
    const message =
      'What is at risk is known only with a stop loss: set "risk.stop_loss", or size by something else.'
    diagnostics.report('stop_needed', { path: 'sizing.type' }, message)
  }
  const hasWayOut = risk.stopLoss ?? risk.trailingStop ?? risk.maxBars ?? risk.takeProfit[0]
  for (const [path, side] of [['long', long] as const, ['short', short] as const]) {
    if (side === null || side.exit !== null || hasWayOut !== undefined) continue
    const message = 'No exit rule, stop, target or limit of bars closes a position of this side.'
    diagnostics.report('never_exits', { path }, message)
  }
}

/** Reads a document and checks all that does not depend on the parameters' values. */
function readDocument(diagnostics: Diagnostics, document: unknown): StrategyTree {
  const reading = startReading(diagnostics)
  const tree = readStrategy(reading, document)
  const types = checkTypes(diagnostics, tree, reading.rules)
  checkTimeframes(diagnostics, types)
  if (diagnostics.hasErrors()) return tree
  checkSense(diagnostics, tree)
  warnOfUnused({ diagnostics, tree }, types)
  return tree
}

/**
 * Checks a strategy document as a whole, with its parameters at the given values, at all minimums and at all
 * maximums. It never throws, whatever it is given.
 * @returns all that is to be said, and the plan where nothing of it is an error
 */
export function checkStrategy(
  document: unknown,
  parameters: Readonly<Record<string, unknown>> = {},
): CheckedStrategy {
  const diagnostics = createDiagnostics()
  const { list } = diagnostics
  if (isLargerThan(document, LIMITS.documentBytes)) {
    const message = `The document has more than ${LIMITS.documentBytes} bytes as JSON.`
    diagnostics.report('document_too_large', { path: '' }, message)
    return { diagnostics: list, tree: null, plan: null }
  }
  const tree = readDocument(diagnostics, document)
  const values = givenValues(diagnostics, tree, parameters)
  if (diagnostics.hasErrors()) return { diagnostics: list, tree: null, plan: null }
  const plan = planWithin(diagnostics, tree, values)
  if (plan === null || diagnostics.hasErrors()) return { diagnostics: list, tree: null, plan: null }
  return { diagnostics: list, tree, plan }
}

/** Make the plan, and check the ends of the parameters' ranges. @returns null where it is too large */
function planWithin(diagnostics: Diagnostics, tree: StrategyTree, values: ParameterValues): Plan | null {
  try {
    const plan = makePlan(diagnostics, tree, values)
    if (tree.parameters.size > 0) {
      checkPlan(diagnostics, tree, extremeValues(tree, 'min'), ' with all parameters at their min')
      checkPlan(diagnostics, tree, extremeValues(tree, 'max'), ' with all parameters at their max')
    }
    return plan
  } catch (fault) {
    if (!(fault instanceof TooManyOperations)) throw fault
    const message = `The strategy needs more than ${LIMITS.operations} operations, since series are computed once for each timeframe that reads them. Use fewer timeframes, or put "@" inside of the series that need it.`
    diagnostics.report('too_many_operations', { path: fault.path }, message)
    return null
  }
}

/**
 * What is evaluated of a document that was checked, for other values of its parameters: for many of them, one after
 * another.
 * @returns nothing where the values do not fit
 */
export function barePlanFor(
  tree: StrategyTree,
  parameters: Readonly<Record<string, unknown>>,
): BarePlan | null {
  const diagnostics = createDiagnostics()
  const values = givenValues(diagnostics, tree, parameters)
  const plan = makeBarePlan(diagnostics, tree, values)
  return diagnostics.hasErrors() ? null : plan
}

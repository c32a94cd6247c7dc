import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { entering, strategy } from '../../../test/strategies/documents.ts'
import { at, typedExpressions } from '../../../test/strategies/expressions.ts'
import { HEAVY_DOCUMENTS, type HeavyDocument } from '../../../test/strategies/heavy-documents.ts'
import { canonicalDocument } from './canonical-document.ts'
import { checkStrategy } from './check-strategy.ts'
import { checkTypes } from './check-types.ts'
import { createDiagnostics } from './diagnostic.ts'
import { LIMITS } from './limits.ts'
import { checkPlan, makePlan } from './make-plan.ts'
import { extremeValues, givenValues } from './parameter-values.ts'
import { printExpression } from './printer.ts'
import { readStrategy } from './read-strategy.ts'
import { startReading } from './reading.ts'
import { nearest } from './suggest.ts'

/** Looks that every stage together takes at each operation: types, three sets of values, rules, canonical text. */
const MOST_VISITS = 60

/** Counts how often something looks at the kind of an expression below a value. */
function countVisits(value: unknown, counter: { visits: number }): void {
  const rest = [value]
  const met = new Set<unknown>()
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next !== 'object' || next === null || met.has(next)) continue
    met.add(next)
    rest.push(...(next instanceof Map ? next.values() : Object.values(next)))
    if (!('kind' in next && 'from' in next)) continue
    const { kind } = next
    Object.defineProperty(next, 'kind', {
      get() {
        counter.visits += 1
        return kind
      },
    })
  }
}

/** Every stage of a check, with how many nodes the document has and how often one of them is looked at. */
function workOf({ document, parameters = {} }: HeavyDocument): { nodes: number; visits: number } {
  const reading = startReading(createDiagnostics())
  const tree = readStrategy(reading, document)
  const { diagnostics, rules } = reading
  const counter = { visits: 0 }
  countVisits([tree, rules], counter)
  checkTypes(diagnostics, tree, rules)
  const values = givenValues(diagnostics, tree, parameters)
  assert.deepEqual(
    diagnostics.list.filter(({ severity }) => severity === 'error'),
    [],
  )
  makePlan(diagnostics, tree, values)
  checkPlan(diagnostics, tree, extremeValues(tree, 'min'), '')
  checkPlan(diagnostics, tree, extremeValues(tree, 'max'), '')
  canonicalDocument(tree)
  return { nodes: LIMITS.nodes - reading.budget.nodes, visits: counter.visits }
}

const ACCEPTED = Object.entries(HEAVY_DOCUMENTS).filter(([, make]) => {
  const { document, parameters } = make(1)
  return checkStrategy(document, parameters).plan !== null
})

/** Milliseconds of the fastest of several checks. */
function fastest({ document, parameters }: HeavyDocument): number {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now()
    checkStrategy(document, parameters)
    return performance.now() - start
  })
  return Math.min(...times)
}

describe('the work of checking a document', () => {
  it('is known for most kinds of heavy documents', () => {
    assert.ok(ACCEPTED.length >= 18, String(ACCEPTED.length))
  })

  for (const [what, make] of ACCEPTED) {
    it(`grows with the document and no faster for ${what}`, () => {
      const [half, whole] = [workOf(make(0.5)), workOf(make(1))]
      assert.ok(whole.visits <= MOST_VISITS * whole.nodes, JSON.stringify(whole))
      const growth = whole.visits / half.visits / (whole.nodes / half.nodes)
      assert.ok(growth < 1.3, `${JSON.stringify(half)}, then ${JSON.stringify(whole)}`)
    })
  }

  it('grows with the document and no faster for random rules', () => {
    const known = { numbers: ['x'], conditions: ['c'] }
    const { condition } = typedExpressions({ position: false, timeframes: true }, known)
    const { number, condition: base } = typedExpressions(
      { position: false, timeframes: false },
      { numbers: [], conditions: [] },
    )
    fc.assert(
      fc.property(number, base, fc.array(condition, { minLength: 1, maxLength: 6 }), (x, c, rules) => {
        const series = {
          ...{ x: printExpression(x), c: printExpression(c), held: printExpression(at(x, '1d')) },
          ...Object.fromEntries(rules.map((rule, index) => [`r${index}`, printExpression(rule)])),
        }
        const entry = rules.map((_, index) => `(not r${index} or c)`).join(' and ')
        const parameters = {
          bars: { default: 3, min: 1, max: 6, step: 1 },
          factor: { default: 1.5, min: 0, max: 3, step: 0.5 },
          flag: { default: true },
        }
        const document = entering(`${entry} and held > 1`, { series, parameters })
        if (checkStrategy(document).plan === null) return
        const { nodes, visits } = workOf({ document })
        assert.ok(visits <= MOST_VISITS * nodes, `${visits} visits of ${nodes} nodes`)
      }),
      { numRuns: 300 },
    )
  })

  it('takes no document more than twenty times as long as a plain sum of as many operations', () => {
    const sum = { document: entering(`${Array.from({ length: 997 }, () => 'low').join('+')} > 1`) }
    const most = 20 * fastest(sum)
    for (const [what, make] of Object.entries(HEAVY_DOCUMENTS)) {
      const time = fastest(make(1))
      assert.ok(time < most, `${what}: ${time} ms, where at most ${most} ms are allowed`)
    }
  })

  it('compares a bounded number of letters to find suggestions', () => {
    const names = Array.from({ length: 200 }, (_, index) => `s${index}_`.padEnd(64, 'ab'))
    const work = { left: 500 }
    assert.equal(nearest('p'.padEnd(50, 'ab').padEnd(64, 'ba'), names, work), undefined)
    assert.ok(work.left > -5_000, String(work.left))
    assert.equal(nearest('clsoe', ['close'], work), undefined)
    assert.equal(nearest('clsoe', ['close']), 'close')
  })

  it('lists the inner conditions of rules only as far as an explanation may go', () => {
    const make = HEAVY_DOCUMENTS['conditions with long names that every rule reads']
    const { plan } = checkStrategy(make?.(1).document)
    assert.ok(plan !== null)
    const { length } = JSON.stringify(plan.rules)
    assert.ok(length > LIMITS.explanation / 2 && length < LIMITS.explanation * 1.5, String(length))
    for (const { text, node } of plan.rules) assert.ok(text.length > 0 && plan.graph[node] !== undefined)
  })

  it('names some of many series that need each other, and some of many timeframes', () => {
    const series = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`s${index}`, `s${(index + 1) % 100}`]),
    )
    const [circle] = checkStrategy(strategy({ series })).diagnostics
    assert.match(circle?.message ?? '', /: s0 → s1 → s2 → s3 → s4 → … → s95 → .+ → s99 → s0\.$/)
    const entry = Array.from({ length: 40 }, (_, index) => `close@${index}x`).join('+')
    const { diagnostics } = checkStrategy(entering(`${entry} > 1`))
    const many = diagnostics.find(({ code }) => code === 'too_many')
    assert.match(many?.message ?? '', /There are 40 timeframes .+ 0x, .+, 15x, …\. At most 4/)
  })

  it('fits into a small stack, however deep series and brackets nest', async () => {
    const heavy = new URL('../../../test/strategies/heavy-documents.ts', import.meta.url)
    const check = new URL('./check-strategy.ts', import.meta.url)
    const source = `
      const { HEAVY_DOCUMENTS } = await import(${JSON.stringify(heavy.href)})
      const { checkStrategy } = await import(${JSON.stringify(check.href)})
      for (const make of Object.values(HEAVY_DOCUMENTS)) {
        const { document, parameters } = make(1)
        checkStrategy(document, parameters)
      }`
    const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
    const worker = new Worker(url, { resourceLimits: { stackSizeMb: 0.8 } })
    const code = await new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('exit', resolve)
    })
    assert.equal(code, 0)
  })
})

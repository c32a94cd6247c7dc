import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { candlesOf, walk } from '../../../test/strategies/bars.ts'
import { entering, strategy } from '../../../test/strategies/documents.ts'
import { canonicalDocument } from './canonical-document.ts'
import { barePlanFor, checkStrategy } from './check-strategy.ts'
import { evaluatePlan } from './evaluate-plan.ts'
import { LIMITS } from './limits.ts'
import type { Plan } from './plan.ts'
import { resolveExpression } from './resolve-expression.ts'
import type { Resolving } from './resolving.ts'
import { promised } from './resolving.ts'

const EMA_CROSS = {
  name: 'EMA cross with RSI filter',
  timeframe: '1h',
  parameters: {
    fast: { default: 12, min: 5, max: 50, step: 1 },
    slow: { default: 26, min: 10, max: 200, step: 2 },
  },
  series: { fast_ma: 'ema(close, fast)', slow_ma: 'ema(close, slow)', trend: 'ema(close, 50)@4h' },
  long: {
    entry: 'crosses_above(fast_ma, slow_ma) and close > trend and rsi(close, 14) < 70',
    exit: 'crosses_below(fast_ma, slow_ma)',
    order: { type: 'limit', price: 'close * 0.995', expires_after: 3 },
  },
  short: null,
  rank: 'close - close[24]',
  sizing: { type: 'percent_of_equity', value: 95 },
  risk: {
    stop_loss: { type: 'atr', period: 14, multiple: 2 },
    take_profit: [{ type: 'percent', value: 6, quantity_percent: 100 }],
    trailing_stop: null,
    break_even: { at_percent: 2 },
    max_bars: 48,
    cooldown_bars: 0,
    max_open_positions: 3,
    daily_loss_percent: 5,
    max_drawdown_percent: 25,
  },
}

function planOf(document: unknown, parameters?: Record<string, unknown>): Plan {
  const { plan, diagnostics } = checkStrategy(document, parameters)
  assert.ok(plan !== null, JSON.stringify(diagnostics))
  return plan
}

describe('a strategy that is checked', () => {
  it('becomes a plan of plain data where nothing is wrong', () => {
    const { diagnostics, plan } = checkStrategy(EMA_CROSS)
    assert.deepEqual(diagnostics, [])
    assert.deepEqual(plan?.sizing, { type: 'percent_of_equity', value: 95 })
    assert.deepEqual(plan?.limits, {
      breakEvenAtPercent: 2,
      maxBars: 48,
      cooldownBars: 0,
      maxOpenPositions: 3,
      dailyLossPercent: 5,
      maxDrawdownPercent: 25,
    })
    assert.deepEqual(structuredClone(plan), plan)
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan)
    const zero = planOf(entering('close > -1e-200 * 1e-200'))
    assert.deepEqual(JSON.parse(JSON.stringify(zero)), zero)
  })

  it('takes an expression over parameters wherever a number stands', () => {
    const parameters = {
      p: { default: 2, min: 1, max: 3, step: 1 },
      share: { default: 0.5, min: 0.1, max: 0.9, step: 0.1 },
    }
    const document = strategy({
      parameters,
      long: { entry: 'close > open', order: { type: 'stop', price: 'high', expires_after: 'p + 1' } },
      sizing: { type: 'percent_at_risk', value: 'share * 10' },
      risk: {
        stop_loss: { type: 'percent', value: 'p * 2' },
        take_profit: [
          { type: 'atr', period: 'p * 5', multiple: 'p / 2', quantity_percent: '100 / 4' },
          { type: 'price', price: 'close * 2', quantity_percent: 25 },
          { type: 'percent', value: 'p' },
        ].slice(0, 2),
        trailing_stop: { type: 'atr', period: 'p + 7', multiple: 'p' },
        break_even: { at_percent: 'share' },
        max_bars: 'p * 10',
        cooldown_bars: 'p - 1',
        max_open_positions: 'p',
        daily_loss_percent: '-p + 5',
        max_drawdown_percent: 'if(p > 1, 20, 30)',
      },
    })
    const plan = planOf(document, { p: 3 })
    assert.deepEqual(plan.limits, {
      breakEvenAtPercent: 0.5,
      maxBars: 30,
      cooldownBars: 2,
      maxOpenPositions: 3,
      dailyLossPercent: 2,
      maxDrawdownPercent: 20,
    })
    assert.equal(plan.sizing.value, 5)
    assert.deepEqual(plan.long?.stopLoss, { type: 'percent', value: 6 })
    assert.deepEqual(
      plan.long?.takeProfit.map(({ quantityPercent }) => quantityPercent),
      [25, 25],
    )
    assert.equal(plan.long?.order.type === 'stop' && plan.long.order.expiresAfter, 4)
  })

  it('has defaults for all that may be left out', () => {
    const form = canonicalDocument(promised(checkStrategy(strategy()).tree ?? undefined))
    assert.deepEqual(form, {
      name: 'A strategy',
      timeframe: '1h',
      parameters: {},
      series: {},
      long: { entry: 'close > open', exit: 'close < open', order: { type: 'market' } },
      short: null,
      rank: null,
      sizing: { type: 'percent_of_equity', value: 100 },
      risk: {
        stop_loss: null,
        take_profit: null,
        trailing_stop: null,
        break_even: null,
        max_bars: null,
        cooldown_bars: 0,
        max_open_positions: null,
        daily_loss_percent: null,
        max_drawdown_percent: null,
      },
    })
  })

  it('takes null for whatever may be left out', () => {
    const nothing = {
      stop_loss: null,
      take_profit: null,
      trailing_stop: null,
      break_even: null,
      max_bars: null,
    }
    const document = strategy({
      rank: null,
      short: null,
      series: null,
      parameters: null,
      long: { entry: 'close > open', exit: null, order: null },
      risk: { ...nothing, cooldown_bars: null, max_open_positions: null, daily_loss_percent: null },
    })
    assert.deepEqual(
      checkStrategy(document).diagnostics.map(({ code }) => code),
      ['never_exits'],
    )
    assert.deepEqual(checkStrategy(strategy({ risk: null })).diagnostics, [])
  })

  it('has a canonical form that is a document with the same canonical form', () => {
    for (const document of [
      EMA_CROSS,
      strategy(),
      entering('not (close > 1)', { series: { b: 'close', a: 'b' } }),
    ]) {
      const form = canonicalDocument(promised(checkStrategy(document).tree ?? undefined))
      const again = checkStrategy(form)
      assert.equal(JSON.stringify(canonicalDocument(promised(again.tree ?? undefined))), JSON.stringify(form))
      assert.equal(again.plan?.canonical, checkStrategy(document).plan?.canonical)
    }
  })

  it('has a canonical plan that does not depend on names, spaces, brackets and order', () => {
    const one = entering('a > b and (close > 1)', { series: { a: 'ema(close, 3)', b: 'hl2' } })
    const other = entering('(x>y) and close>1', {
      name: 'Other',
      series: { y: 'hl2', x: 'ema( close , n )' },
      parameters: { n: { default: 3, min: 1, max: 5, step: 1 } },
    })
    assert.equal(planOf(one).canonical, planOf(other).canonical)
    assert.notEqual(planOf(one).canonical, planOf(other, { n: 4 }).canonical)
  })

  it('counts a subexpression once, however often it is written', () => {
    assert.equal(planOf(entering('ema(close, 3) > 1 and ema(close, 1 + 2) < 9')).nodes, 9)
    const doubled = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [
        `s${index}`,
        index === 0 ? 'close' : `s${index - 1} + s${index - 1}`,
      ]),
    )
    assert.equal(planOf(entering('s99 > 1', { series: doubled })).nodes, 104)
  })

  it('shows a condition that is used again and again once', () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [
        `s${index}`,
        index === 0 ? 'close > 1' : `s${index - 1} or not s${index - 1}`,
      ]),
    )
    assert.ok(JSON.stringify(planOf(entering('s59', { series: doubled })).rules).length < 20_000)
  })

  it('makes plans for other values of its parameters', () => {
    const tree = promised(checkStrategy(EMA_CROSS).tree ?? undefined)
    const { name, rules, canonical, ...bare } = planOf(EMA_CROSS, { fast: 7 })
    const { rules: none, ...quick } = { rules: [], ...barePlanFor(tree, { fast: 7 }) }
    assert.deepEqual(quick, bare)
    assert.deepEqual(
      [name, none, rules.length > 0, canonical.length > 0],
      ['EMA cross with RSI filter', [], true, true],
    )
    assert.equal(barePlanFor(tree, { fast: 500 }), null)
  })

  it('never throws, whatever the document is', () => {
    const text = fc.oneof(
      fc.constantFrom(
        'close > open',
        'a',
        'ema(close, 3)',
        '1',
        'macd(close).signal@4h',
        'x[1]',
        '((',
        '-1',
        'true',
      ),
      fc.string({ maxLength: 20 }),
    )
    const keys = [
      'name',
      'timeframe',
      'parameters',
      'series',
      'long',
      'short',
      'rank',
      'sizing',
      'risk',
      'entry',
      'exit',
    ]
    const more = [
      'order',
      'type',
      'price',
      'value',
      'period',
      'multiple',
      'stop_loss',
      'take_profit',
      'a',
      '__proto__',
    ]
    const choice = fc.constantFrom(
      '1h',
      'percent',
      'atr',
      'price',
      'limit',
      'market',
      'percent_at_risk',
      'fixed_quote',
    )
    const leaf = fc.oneof(text, choice, fc.double(), fc.integer(), fc.boolean(), fc.constant(null))
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.dictionary(fc.constantFrom(...keys, ...more), tie('tree'), { maxKeys: 9 }),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }))
    const changed = fc
      .tuple(fc.constantFrom(...keys.slice(0, 9)), tree)
      .map(([key, value]) => ({ ...EMA_CROSS, [key]: value }))
    const given = fc.oneof(fc.constant({}), fc.dictionary(fc.constantFrom('fast', 'slow', 'x'), fc.double()))
    const candles = candlesOf(walk(30, '1h'))
    fc.assert(
      fc.property(fc.oneof(tree, changed, fc.anything()), given, (document, parameters) => {
        const { plan, diagnostics } = checkStrategy(document, parameters)
        assert.equal(
          plan === null,
          diagnostics.some(({ severity }) => severity === 'error'),
        )
        if (plan !== null) evaluatePlan(plan, candles)
      }),
      { numRuns: 3_000 },
    )
  })

  it('is read where it is nested as deep as a body is long', () => {
    const depth = 40_000
    const nested: unknown = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    assert.equal(checkStrategy(nested).diagnostics[0]?.code, 'document_too_large')
    const within: unknown = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)
    assert.equal(checkStrategy(strategy({ rank: within })).diagnostics[0]?.code, 'wrong_type')
  })
})

describe('a strategy at the limits', () => {
  const within: [string, unknown][] = [
    ['64 KiB', strategy({ name: 'x' })],
    ['an expression of 4,096 characters', entering(`close > 1${' '.repeat(LIMITS.expressionLength - 9)}`)],
    ['brackets 64 deep', entering(`${'('.repeat(64)}close${')'.repeat(64)} > 1`)],
    ['calls 64 deep', entering(`${'abs('.repeat(64)}close${')'.repeat(64)} > 1`)],
    ['signs 64 deep', entering(`${'-'.repeat(64)}close > 1`)],
    [
      'operations and series 400 deep',
      entering('a0 > 1', {
        series: Object.fromEntries(
          Array.from({ length: 7 }, (_, index) => [
            `a${index}`,
            index < 6 ? `${'-'.repeat(55)}a${index + 1}` : `${'-'.repeat(62)}close`,
          ]),
        ),
      }),
    ],
    [
      '3,999 operations on five timeframes',
      entering('a > a@2h + a@4h + a@6h + a@12h', {
        series: { a: Array.from({ length: 398 }, () => 'low').join('+') },
      }),
    ],
    ['2,000 nodes', entering(`${Array.from({ length: 997 }, () => 'low').join('+')} > 1`)],
    ['a look-back of 100,000 bars', entering('close[100000] > 1')],
    ['four larger timeframes', entering('close@2h + close@4h + close@6h + close@12h > 1')],
    [
      '32 parameters',
      entering(Array.from({ length: 32 }, (_, index) => `close > p${index}`).join(' and '), {
        parameters: Object.fromEntries(
          Array.from({ length: 32 }, (_, index) => [`p${index}`, { default: 1, min: 0, max: 2, step: 1 }]),
        ),
      }),
    ],
    [
      '128 series',
      entering('s127 > 1', {
        series: Object.fromEntries(
          Array.from({ length: 128 }, (_, index) => [
            `s${index}`,
            index === 0 ? 'close' : `s${index - 1} + 1`,
          ]),
        ),
      }),
    ],
  ]
  for (const [what, document] of within) {
    it(`may have ${what}`, () => {
      const { diagnostics, plan } = checkStrategy(document)
      assert.deepEqual(diagnostics, [])
      assert.equal(
        evaluatePlan(promised(plan ?? undefined), candlesOf(walk(20, '1h'))).long?.entry.length,
        20,
      )
    })
  }

  const beyond: [string, string, unknown][] = [
    ['calls 65 deep', 'too_deep', entering(`${'abs('.repeat(65)}close${')'.repeat(65)} > 1`)],
    ['signs 65 deep', 'too_deep', entering(`${'-'.repeat(65)}close > 1`)],
    ['"not" 65 deep', 'too_deep', entering(`${'not '.repeat(65)}close > 1`)],
    ['indices 65 deep', 'too_deep', entering(`${'close['.repeat(65)}1${']'.repeat(65)} > 1`)],
    ['a thousand offsets one after another', 'too_many_nodes', entering(`close${'[0]'.repeat(1_000)} > 1`)],
    ['a look-back of 100,001 bars', 'look_back_too_long', entering('close[100000] > close[1][100000]')],
    [
      'a day of 1,200 days on bars of a minute',
      'look_back_too_long',
      entering('close[1200]@1d > 1', { timeframe: '1m' }),
    ],
  ]
  for (const [what, code, document] of beyond) {
    it(`may not have ${what}`, () => {
      const { diagnostics } = checkStrategy(document)
      assert.deepEqual(
        diagnostics.map((one) => one.code),
        [code],
      )
    })
  }

  it('is measured in bytes of UTF-8', () => {
    const document = (length: number) => strategy({ name: 'ä'.repeat(length) })
    const frame = JSON.stringify(document(0)).length
    const codeOf = (length: number) => checkStrategy(document(length)).diagnostics[0]?.code
    const most = Math.floor((LIMITS.documentBytes - frame) / 2)
    assert.equal(codeOf(most), 'wrong_text')
    assert.equal(codeOf(most + 1), 'document_too_large')
  })
})

describe('the canonical form of a document', () => {
  it('holds every part', () => {
    const document = {
      name: 'All of it',
      timeframe: '4h',
      parameters: { b: { default: true }, a: { default: 1, min: 0, max: 2, step: 0.5 } },
      series: { z: 'close+1', y: '( b and z>1 )' },
      long: {
        entry: 'y',
        exit: 'not y',
        order: { type: 'stop', price: 'high', expires_after: '2 * 3' },
      },
      short: { entry: 'not y', exit: null, order: { type: 'limit', price: 'z', expires_after: null } },
      rank: 'a',
      sizing: { type: 'percent_at_risk', value: ' a+1 ' },
      risk: {
        stop_loss: { type: 'price', price: 'low  -  1' },
        take_profit: [{ type: 'atr', period: 14, multiple: 1.5 }],
        trailing_stop: { type: 'atr', period: 7, multiple: 'a + 1' },
        break_even: { at_percent: '1' },
        max_bars: 5,
        cooldown_bars: 2,
        max_open_positions: 3,
        daily_loss_percent: '--4',
        max_drawdown_percent: 30,
      },
    }
    const { tree, diagnostics } = checkStrategy(document)
    assert.ok(tree !== null, JSON.stringify(diagnostics))
    assert.deepEqual(canonicalDocument(tree), {
      ...document,
      parameters: { a: document.parameters.a, b: document.parameters.b },
      series: { y: 'b and z > 1', z: 'close + 1' },
      long: { ...document.long, order: { type: 'stop', price: 'high', expires_after: '2 * 3' } },
      sizing: { type: 'percent_at_risk', value: 'a + 1' },
      risk: {
        ...document.risk,
        stop_loss: { type: 'price', price: 'low - 1' },
        take_profit: [{ type: 'atr', period: 14, multiple: 1.5, quantity_percent: 100 }],
        break_even: { at_percent: 1 },
        daily_loss_percent: '--4',
      },
    })
    assert.deepEqual(Object.keys(canonicalDocument(tree).series as object), ['y', 'z'])
  })
})

describe('the way from a tree to a plan', () => {
  it('stops at what was never checked', () => {
    const resolving: Pick<Resolving, 'series' | 'known' | 'resolved' | 'values' | 'budget'> = {
      series: new Map(),
      known: new Map(),
      resolved: new Map(),
      budget: { operations: 2 },
      values: new Map(),
    }
    const place = { path: '', timeframe: null }
    assert.throws(
      () =>
        resolveExpression(resolving as Resolving, place, { kind: 'name', name: 'nothing', from: 0, to: 0 }),
      /was not checked/,
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { candlesOf, someBars, walk } from '../../../test/strategies/bars.ts'
import { entering, hourly, strategy } from '../../../test/strategies/documents.ts'
import { type Candles, emptyCandles, sliceCandles } from '../../market-data/candles.ts'
import type { Timeframe } from '../../market-data/timeframe.ts'
import type { PositionValues, SideSignals, Signals } from '../signals.ts'
import { checkStrategy } from './check-strategy.ts'
import { type ColumnCache, createColumnCache } from './column-cache.ts'
import { evaluatePlan } from './evaluate-plan.ts'
import type { Plan } from './plan.ts'

function planOf(document: unknown, parameters?: Record<string, unknown>): Plan {
  const { plan, diagnostics } = checkStrategy(document, parameters)
  assert.ok(plan !== null, JSON.stringify(diagnostics))
  return plan
}

/** The column of an expression, as the rank of a strategy. */
function column(
  expression: string,
  candles: Candles,
  timeframe: Timeframe = '1h',
  cache?: ColumnCache,
): number[] {
  const { rank } = evaluatePlan(planOf(strategy({ rank: expression, timeframe })), candles, cache)
  assert.ok(rank !== null)
  return [...rank]
}

function entries(expression: string, candles: Candles): number[] {
  return [...longOf(evaluatePlan(planOf(entering(expression)), candles)).entry]
}

function longOf({ long }: Signals): SideSignals {
  assert.ok(long !== null)
  return long
}

const { NaN: no } = Number
const closes = (...prices: number[]) => hourly(prices.map((close) => ({ close })))

const COLUMNS: [string, number[], number[]][] = [
  ['close[1]', [1, 2, 3], [no, 1, 2]],
  ['close[0]', [1, 2, 3], [1, 2, 3]],
  ['close[5]', [1, 2, 3], [no, no, no]],
  ['7[1]', [1, 2, 3], [no, 7, 7]],
  ['highest(close, 2)', [3, 1, 2, 2], [no, 3, 2, 2]],
  ['lowest(close, 3)', [3, 1, 2, 2], [no, no, 1, 1]],
  ['highest(close, 9)', [3, 1], [no, no]],
  ['highest(1 / (close - 1), 2)', [2, 1, 3, 5], [no, no, no, 0.5]],
  ['count(close > 1, 2)', [1, 2, 3, 1], [no, 1, 2, 1]],
  ['count(close > close[1], 2)', [1, 2, 3, 1], [no, no, 2, 1]],
  ['bars_since(close > 2)', [1, 3, 1, 1], [no, 0, 1, 2]],
  ['bars_since(close > 2, 1)', [1, 3, 1, 1], [no, 0, 1, no]],
  ['bars_since(1 / (close - 1) > 0.9)', [2, 3, 1, 3, 2], [0, 1, no, no, 0]],
  ['value_when(close > 2, close, 2)', [1, 3, 1, 2, 1], [no, 3, 3, 3, no]],
  ['value_when(true, close)', [1, 3], [1, 3]],
  ['bars_since(true)', [1, 3], [0, 0]],
  ['if(close > 1, close, -close)', [1, 2, 1], [-1, 2, -1]],
  ['if(close > close[1], 1, 0)', [1, 2, 1], [no, 1, 0]],
  ['if(true, close, 1 / 0)', [1, 2], [1, 2]],
  ['1 / (close - 1)', [1, 2], [no, 1]],
  ['ln(close - 1)', [1, 2, 0], [no, 0, no]],
  ['sqrt(close - 2)', [1, 2, 6], [no, 0, 2]],
  ['min(close, 2, 3 - close)', [1, 2, 4], [1, 1, -1]],
  ['max(close, 2)', [1, 2, 4], [2, 2, 4]],
  ['abs(close - 2)', [1, 2, 4], [1, 0, 2]],
  ['1e308 * close', [1, 2], [1e308, no]],
  ['1e308 * close - -1e308', [1, 0.5], [no, 1.5e308]],
  ['sma(5, 2)', [1, 2, 3], [no, 5, 5]],
  ['hour', [1, 1, 1], [1, 2, 3]],
  ['minute + day_of_week * 10 + day_of_month', [1], [11]],
  ['timestamp - timestamp[1]', [1, 1], [no, 3_600_000]],
]

const MASKS: [string, number[], number[]][] = [
  ['crosses_above(close, 2)', [1, 2, 3, 3, 1, 4], [0, 0, 1, 0, 0, 1]],
  ['crosses_below(close, 2)', [3, 2, 1, 1, 3, 1], [0, 0, 1, 0, 0, 1]],
  ['close == 2', [1, 2, 3], [0, 1, 0]],
  ['close != 2', [1, 2, 3], [1, 0, 1]],
  ['close >= 2', [1, 2, 3], [0, 1, 1]],
  ['close <= 2', [1, 2, 3], [1, 1, 0]],
  ['1 / (close - 1) != 3', [1, 2], [0, 1]],
  ['not (1 / (close - 1) > 0)', [1, 2, 0], [0, 0, 1]],
  ['not (1 / (close - 1) > 0) or true', [1, 2], [1, 1]],
  ['1 / (close - 1) > 0 and close == 1', [1, 2], [0, 0]],
  ['not (1 / (close - 1) > 0 and close == 2)', [1, 3], [1, 1]],
  ['if(close > 1, true, close == 1)', [1, 2, 0], [1, 1, 0]],
  ['if(1 / (close - 1) > 0, true, true)', [1, 2], [0, 1]],
  ['(close > 1)[1]', [2, 1, 1], [0, 1, 0]],
  ['true[1]', [2, 1, 1], [0, 1, 1]],
  ['true@2h', [2, 1, 1], [0, 1, 1]],
]

describe('an expression over candles', () => {
  for (const [expression, given, expected] of COLUMNS) {
    it(`${expression} is ${expected.join(', ')} where the closes are ${given.join(', ')}`, () => {
      assert.deepEqual(column(expression, closes(...given)), expected)
    })
  }

  for (const [expression, given, expected] of MASKS) {
    it(`${expression} is true at ${expected.join(', ')} where the closes are ${given.join(', ')}`, () => {
      assert.deepEqual(entries(expression, closes(...given)), expected)
    })
  }

  it('knows the parts of the time of the close', () => {
    const candles = emptyCandles(3)
    candles.timestamp.set([
      Date.UTC(2023, 11, 31, 22),
      Date.UTC(2023, 11, 31, 23),
      Date.UTC(1969, 11, 31, 12),
    ])
    assert.deepEqual(column('hour', candles), [23, 0, 13])
    assert.deepEqual(column('day_of_week', candles), [7, 1, 3])
    assert.deepEqual(column('day_of_month', candles), [31, 1, 31])
    assert.deepEqual(column('minute', candles, '30m'), [30, 30, 30])
    assert.deepEqual(column('day_of_month', candles, '1M'), [1, 1, 1])
  })
})

describe('a value of a larger timeframe', () => {
  const hour = 3_600_000
  const start = Date.UTC(2024, 0, 1)
  const at = (...hours: number[]) =>
    hourly(
      hours.map((offset) => ({ timestamp: start + offset * hour, close: offset + 1, high: 30 + offset })),
    )

  it('is seen at the close of the bar that ends its period, and held until the next', () => {
    assert.deepEqual(column('close@4h', at(0, 1, 2, 3, 4, 5, 6, 7, 8)), [no, no, no, 4, 4, 4, 4, 8, 8])
  })

  it('is made of all bars of the period', () => {
    assert.deepEqual(column('high@4h', at(0, 1, 2, 3)), [no, no, no, 33])
    assert.deepEqual(column('open@4h', at(0, 1, 2, 3)), [no, no, no, 1])
    assert.deepEqual(column('volume@4h', at(0, 1, 2, 3)), [no, no, no, 4])
  })

  it('does not exist for a first period that the data cuts off', () => {
    assert.deepEqual(column('close@4h', at(1, 2, 3, 4, 5, 6, 7)), [no, no, no, no, no, no, 8])
  })

  it('does not exist for a last period that the data cuts off', () => {
    assert.deepEqual(column('close@4h', at(0, 1, 2)), [no, no, no])
  })

  it('is made of the bars there are where some are missing inside', () => {
    assert.deepEqual(column('close@4h', at(0, 2, 3, 4)), [no, no, 4, 4])
  })

  it('appears at the first bar that closes after the end where the last bar of its period is missing', () => {
    assert.deepEqual(column('close@4h', at(0, 1, 2, 4, 5)), [no, no, no, 3, 3])
    assert.deepEqual(column('close@4h', at(0, 1, 9)), [no, no, 2])
  })

  it('is the newest where several periods end at once', () => {
    assert.deepEqual(column('close@4h', at(0, 3, 4, 12)), [no, 4, 4, 5])
  })

  it('is computed on bars of that timeframe as a whole', () => {
    assert.deepEqual(column('((close + close[1]) / 2)@4h', at(0, 1, 2, 3, 4, 5, 6, 7)), [
      no,
      no,
      no,
      no,
      no,
      no,
      no,
      6,
    ])
    assert.deepEqual(column('close[1]@4h', at(0, 1, 2, 3, 4, 5, 6, 7)), [no, no, no, no, no, no, no, 4])
    assert.deepEqual(column('hour@4h', at(0, 1, 2, 3)), [no, no, no, 4])
  })

  it('follows weeks from Monday and months of the calendar', () => {
    const days = Array.from({ length: 40 }, (_, day) => ({
      timestamp: start + day * 24 * hour,
      close: day + 1,
    }))
    const candles = hourly(days)
    assert.deepEqual(column('close@1w', candles, '1d').slice(5, 8), [no, 7, 7])
    assert.deepEqual(column('close@1M', candles, '1d').slice(29, 32), [no, 31, 31])
  })
})

describe('the first bar that a rule is asked at', () => {
  const readyOf = (expression: string, candles = closes(...Array.from({ length: 40 }, (_, i) => i))) =>
    evaluatePlan(planOf(entering(expression)), candles).ready

  it('is the one at which every series is past its warm-up', () => {
    assert.equal(readyOf('close > 1'), 0)
    assert.equal(readyOf('close > close[3]'), 3)
    assert.equal(readyOf('close > highest(close, 5)[2]'), 6)
    assert.equal(readyOf('crosses_above(close, sma(close, 4))'), 4)
    assert.equal(readyOf('count(close > open, 5) > 1'), 4)
    assert.equal(readyOf('close > sma(close, 3)@4h'), 11)
    assert.equal(readyOf('true or sma(sma(close, 3), 4) > 1'), 5)
  })

  it('is the end of the data where that is too short', () => {
    assert.equal(readyOf('close > close[50]'), 40)
    assert.equal(readyOf('close > sma(close, 30)@4h'), 40)
    assert.equal(readyOf('close > 1', emptyCandles(0)), 0)
    assert.equal(readyOf('close@4h > 1', emptyCandles(0)), 0)
  })

  it('has no rule true before it, whatever the rule says', () => {
    const plan = planOf(
      strategy({ long: { entry: 'close > 0 or close[3] > 1', exit: 'close > 0 or bars_in_position > 0' } }),
    )
    const { long, ready } = evaluatePlan(plan, closes(1, 1, 1, 1, 1))
    assert.ok(long !== null && typeof long.exit === 'function')
    assert.equal(ready, 3)
    assert.deepEqual([...long.entry], [0, 0, 0, 1, 1])
    const { exit } = long
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((bar) => exit(bar, POSITION)),
      [false, false, false, true, true],
    )
  })
})

const POSITION: PositionValues = {
  entryPrice: 10,
  barsInPosition: 2,
  positionReturn: 0.1,
  highestSinceEntry: 12,
  lowestSinceEntry: 9,
}

describe('an exit rule', () => {
  const exits = (exit: string, candles: Candles, position = POSITION) => {
    const rule = longOf(evaluatePlan(planOf(strategy({ long: { entry: 'close > 0', exit } })), candles)).exit
    assert.ok(typeof rule === 'function')
    return Array.from(candles.timestamp, (_, bar) => rule(bar, position))
  }

  it('is a mask where it reads no value of the position', () => {
    const { exit } = longOf(evaluatePlan(planOf(strategy()), closes(1, 2)))
    assert.deepEqual(exit, new Uint8Array([0, 0]))
  })

  it('reads each value of the position', () => {
    for (const [exit, expected] of [
      ['close > entry_price', [false, true]],
      ['bars_in_position == 2', [true, true]],
      ['position_return > 0.05 and close > 10', [false, true]],
      ['close >= highest_since_entry', [false, true]],
      ['close < lowest_since_entry', [true, false]],
    ] as const) {
      assert.deepEqual(exits(exit, closes(8, 12)), expected, exit)
    }
  })

  it('mixes them with the candles, in every kind of operation', () => {
    for (const exit of [
      '-entry_price < -9.9',
      'not (entry_price > close)',
      'if(entry_price > 9, close > 1, false)',
      'if(entry_price > 9, close, 0) > 1',
      'if(ln(entry_price - 10) > 0, true, true) or max(entry_price, close) == 12',
      'sqrt(abs(min(entry_price, close)) * 2 / 2 + 1 - 1) != 5',
    ]) {
      assert.deepEqual(exits(exit, closes(12, 12)), [true, true], exit)
    }
    assert.deepEqual(exits('if(1 / (entry_price - 10) > 0, true, true)', closes(12)), [false])
    assert.deepEqual(exits('if(1 / (entry_price - 10) > 0, 1, 1) > 0', closes(12)), [false])
    assert.deepEqual(exits('if(entry_price < 9, false, close > 1)', closes(12)), [true])
    assert.deepEqual(exits('if(entry_price < 9, 0, close) > 1', closes(12)), [true])
  })
})

describe('what else a plan says', () => {
  it('is orders, levels and rank as known at each close', () => {
    const document = strategy({
      long: { entry: 'close > 0', order: { type: 'limit', price: 'close * 0.5', expires_after: 3 } },
      short: { entry: 'close > 5', exit: 'close < 1', order: { type: 'stop', price: '5' } },
      risk: {
        stop_loss: { type: 'atr', period: 1, multiple: 2 },
        take_profit: [
          { type: 'percent', value: 4, quantity_percent: 50 },
          { type: 'price', price: 'high', quantity_percent: 50 },
        ],
        trailing_stop: { type: 'percent', value: 3 },
      },
    })
    const candles = hourly([
      { close: 2, high: 3 },
      { close: 6, high: 8, low: 5 },
    ])
    const { long, short, rank } = evaluatePlan(planOf(document), candles)
    assert.deepEqual(long?.order, { type: 'limit', price: Float64Array.of(1, 3), expiresAfter: 3 })
    assert.deepEqual(short?.order, { type: 'stop', price: Float64Array.of(5, 5), expiresAfter: null })
    assert.deepEqual(long?.stopLoss, { type: 'distance', column: Float64Array.of(no, 12) })
    assert.deepEqual(short?.takeProfit, [
      { level: { type: 'percent', value: 4 }, quantityPercent: 50 },
      { level: { type: 'price', column: candles.high }, quantityPercent: 50 },
    ])
    assert.deepEqual(long?.trailingStop, { type: 'percent', value: 3 })
    assert.equal(long?.exit, null)
    assert.equal(rank, null)
    const bare = evaluatePlan(
      planOf(strategy({ long: null, short: { entry: 'close > 1', exit: 'close < 1' } })),
      candles,
    )
    assert.equal(bare.long, null)
    assert.deepEqual(bare.short?.order, { type: 'market' })
    assert.deepEqual([bare.short?.stopLoss, bare.short?.trailingStop], [null, null])
  })
})

describe('how far a plan looks back', () => {
  const { lookBack } = planOf(entering('close > highest(close, 5)[2]'))

  it('is windows and offsets through what lies in them', () => {
    assert.equal(lookBack, 6)
    assert.equal(planOf(entering('count(crosses_above(close, open), 5) > 1')).lookBack, 5)
    assert.equal(planOf(entering('bars_since(close > close[2]) > 1')).lookBack, 1_002)
    assert.equal(planOf(entering('value_when(close > 1, close, 7) > 1')).lookBack, 7)
    assert.equal(planOf(entering('sma(close, 10) > 1')).lookBack, 9)
    assert.equal(planOf(entering('close[1]@4h > 1')).lookBack, 12)
  })

  const expressions = [
    'highest(close, 20)[7] - lowest(low, 11)',
    'ema(ema(close, 9), 5)',
    'rsi(close, 9)',
    'macd(close, 3, 8, 4).histogram',
    'ema(close, 6)@4h',
    'rsi(close, 3)[2]@1d - close',
    'bars_since(close > close[1], 30) + value_when(close > close[1], ema(close, 4), 30)',
    'atr(5) * count(close > open, 9)',
    'close[1]@1w - close@1M',
    'count(close > sma(close, 3), 4)@8h + hour@1d',
  ]
  for (const expression of expressions) {
    it(`is enough for ${expression} to be the same wherever the data begins`, () => {
      const candles = candlesOf(walk(4_000, '1h'))
      const plan = planOf(strategy({ rank: expression }))
      assert.ok(plan.lookBack < 2_500, String(plan.lookBack))
      const whole = evaluatePlan(plan, candles).rank
      for (const first of [1, 2, 3, 5, 19, 24, 1_000]) {
        const part = evaluatePlan(plan, sliceCandles(candles, first, 4_000)).rank
        assert.ok(whole !== null && part !== null)
        for (let bar = plan.lookBack; bar < part.length; bar++) {
          const difference: number = (whole[bar + first] as number) - (part[bar] as number)
          assert.ok(Math.abs(difference) <= 1e-7, `${difference} at ${bar} after ${first}`)
        }
      }
    })
  }

  it('ends at the limit where an average settles later', () => {
    assert.equal(planOf(entering('ema(close, 10000) > 1')).lookBack, 100_000)
  })
})

describe('columns that plans share', () => {
  it('change nothing', () => {
    const expressions = fc.constantFrom(
      ...[
        'ema(close, 3)',
        'ema(close, 4) + ema(close, 3)',
        'macd(close).signal',
        'macd(close).histogram - macd(close)',
      ],
      ...[
        'highest(high, 3)',
        'ema(close, 3)@4h',
        'ema(close, 3)@1d',
        'hour',
        'bars_since(close > 3, 4)',
        'close[2]',
      ],
      ...[
        'sma(ema(close, 3), 2)',
        'count(close > 3, 2)',
        'value_when(close > 3, ema(close, 3))',
        'lowest(low, 3)',
        'sma(macd(close, 2, 3, 2).signal, 2)',
        'sma(macd(close, 2, 3, 2).histogram, 2)',
      ],
    )
    fc.assert(
      fc.property(
        someBars('1h'),
        fc.array(expressions, { minLength: 2, maxLength: 8 }),
        fc.boolean(),
        (bars, list, tight) => {
          const candles = candlesOf(bars)
          const cache = createColumnCache(candles, tight ? 500 : undefined)
          for (const expression of list) {
            assert.deepEqual(column(expression, candles, '1h', cache), column(expression, candles))
          }
        },
      ),
    )
  })

  it('are computed once', () => {
    const candles = candlesOf(walk(50, '1h'))
    const cache = createColumnCache(candles)
    const plan = planOf(strategy({ rank: 'ema(close, 3)' }))
    assert.equal(evaluatePlan(plan, candles, cache).rank, evaluatePlan(plan, candles, cache).rank)
  })

  it('are refused for other candles', () => {
    const cache = createColumnCache(closes(1, 2))
    assert.throws(() => column('close', closes(1, 2), '1h', cache), /those of other candles/)
  })
})

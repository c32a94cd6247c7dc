import { describe } from 'node:test'
import { handCase } from './hand-cases.ts'

const at = (...values: number[]) => Float64Array.from(values)
const percent = (value: number) => ({ type: 'percent', value }) as const
const target = (value: number, quantityPercent = 100) => ({ level: percent(value), quantityPercent })

describe('an exit rule', () => {
  handCase('closes the position at the next open', {
    bars: ['100 101 99 100', '100 101 99 100', '103 104 102 103'],
    long: { entry: '100', exit: '010' },
    fills: ['1 buy 100 1 taker', '2 sell 103 1 taker exit_rule'],
    trades: [{ netProfit: 3, bars: 1, maxFavourable: 0.03, maxAdverse: -0.01 }],
  })
  handCase('lets a new position of either side begin at the same open', {
    bars: ['100 101 99 100', '100 101 99 100', '103 104 102 103'],
    long: { entry: '110', exit: '010' },
    fills: ['1 buy 100 1 taker', '2 sell 103 1 taker exit_rule', '2 buy 103 1 taker'],
  })
  handCase('turns a long into a short', {
    bars: ['100 101 99 100', '100 101 99 100', '103 104 102 103'],
    long: { entry: '100', exit: '010' },
    short: { entry: '010' },
    fills: ['1 buy 100 1 taker', '2 sell 103 1 taker exit_rule', '2 sell 103 1 taker'],
  })
  handCase('may read the position: its bars, its return, its extremes', {
    bars: ['100 101 99 100', '100 101 99 100', '100 108 99 106', '106 107 105 106'],
    long: {
      entry: '1000',
      exit: (_bar, { barsInPosition, positionReturn, highestSinceEntry, lowestSinceEntry, entryPrice }) =>
        barsInPosition === 1 &&
        positionReturn === 0.06 &&
        highestSinceEntry === 108 &&
        lowestSinceEntry === 99 &&
        entryPrice === 100,
    },
    fills: ['1 buy 100 1 taker', '3 sell 106 1 taker exit_rule'],
  })
  handCase('pays fees on both sides, maker or taker', {
    bars: ['100 101 99 100', '100 101 99 100', '110 111 109 110'],
    long: { entry: '100', exit: '010' },
    instrument: { takerFee: 0.01 },
    fills: ['1 buy 100 1 taker', '2 sell 110 1 taker exit_rule'],
    trades: [{ grossProfit: 10, fees: 2.1, netProfit: 7.9 }],
    equity: [1_000, 999, 1_007.9],
  })
  handCase('is followed by no entry for as many bars as the cooldown has', {
    bars: Array(7).fill('100 101 99 100'),
    long: { entry: '1111111', exit: '0100000' },
    limits: { cooldownBars: 2 },
    // Out at the open of bar 2; refused at the closes of bars 1, 2 and 3; wanted again at that of bar 4.
    fills: ['1 buy 100 1 taker', '2 sell 100 1 taker exit_rule', '5 buy 100 1 taker'],
    refused: { cooldown: 3 },
  })
})

describe('a stop and a target in one bar, when the fees make the target the worse', () => {
  const bars = ['100 101 99 100', '100 220 40 100', '100 101 99 100', '100 101 99 100']
  const long = { entry: '1000', stopLoss: percent(50), takeProfit: [target(100)] }
  handCase('are filled at the target', {
    bars,
    long,
    instrument: { makerFee: 0.8 },
    fills: ['1 buy 100 1 taker', '1 sell 200 1 maker take_profit'],
    ambiguous: 1,
  })
  handCase('are no question where both come to the same: the high is first', {
    bars,
    long,
    instrument: { makerFee: 0.75 },
    fills: ['1 buy 100 1 taker', '1 sell 200 1 maker take_profit'],
    ambiguous: 0,
  })
})

describe('a limit of bars', () => {
  handCase('closes the position at the open of the bar so many after its entry', {
    bars: Array(5).fill('100 101 99 100'),
    long: { entry: '10000' },
    limits: { maxBars: 2 },
    fills: ['1 buy 100 1 taker', '3 sell 100 1 taker max_bars'],
  })
  handCase('gives way to the exit rule as the reason', {
    bars: Array(4).fill('100 101 99 100'),
    long: { entry: '1000', exit: '0100' },
    limits: { maxBars: 1 },
    fills: ['1 buy 100 1 taker', '2 sell 100 1 taker exit_rule'],
  })
})

describe('a stop loss', () => {
  handCase('fills at its price where the low touches it', {
    bars: ['100 101 99 100', '100 101 95 96'],
    long: { entry: '10', stopLoss: percent(5) },
    fills: ['1 buy 100 1 taker', '1 sell 95 1 taker stop_loss'],
  })
  handCase('fills at an open beyond it', {
    bars: ['100 101 99 100', '100 101 99 100', '90 91 89 90'],
    long: { entry: '100', stopLoss: percent(5) },
    fills: ['1 buy 100 1 taker', '2 sell 90 1 taker stop_loss'],
  })
  handCase('suffers slippage, rounded down for a sale', {
    bars: ['100 101 99 100', '100 101 95 96'],
    long: { entry: '10', stopLoss: percent(5) },
    settings: { slippage: { type: 'percent', value: 0.01 } },
    // In at 100.01, the stop at 95.0095, on the tick 95.01; out at 95.01 × 0.9999 = 95.000499.
    fills: ['1 buy 100.01 1 taker', '1 sell 95 1 taker stop_loss'],
  })
  handCase('in a distance is as far as was known at the signal', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 93 94'],
    long: { entry: '100', stopLoss: { type: 'distance', column: at(6, 1, 1) } },
    fills: ['1 buy 100 1 taker', '2 sell 94 1 taker stop_loss'],
  })
  handCase('at a price is where it was at the signal', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 93 94'],
    long: { entry: '100', stopLoss: { type: 'price', column: at(97, 1, 1) } },
    fills: ['1 buy 100 1 taker', '2 sell 97 1 taker stop_loss'],
  })
  handCase('on the wrong side of the fill refuses the entry', {
    bars: ['100 101 99 100', '96 97 95 96'],
    long: { entry: '10', stopLoss: { type: 'price', column: at(97, 1) } },
    fills: [],
    refused: { stop_beyond_price: 1 },
  })
  handCase('that is unknown refuses the entry', {
    bars: ['100 101 99 100', '96 97 95 96'],
    long: { entry: '10', stopLoss: { type: 'distance', column: at(Number.NaN, 1) } },
    fills: [],
    refused: { unknown_price: 1 },
  })
  handCase('of a short lies above it', {
    bars: ['100 101 99 100', '100 105 99 104'],
    short: { entry: '10', stopLoss: percent(5) },
    fills: ['1 sell 100 1 taker', '1 buy 105 1 taker stop_loss'],
    trades: [{ netProfit: -5, maxFavourable: 0.01 - 0.01, maxAdverse: -0.05 }],
  })
  handCase('of a limit entry sees only the rest of the bar', {
    // On both paths the low comes after the fill at 98 on the same fall.
    bars: ['100 101 99 100', '100 101 95 100'],
    long: {
      entry: '10',
      order: { type: 'limit', price: at(98, 98), expiresAfter: null },
      stopLoss: percent(2),
    },
    fills: ['1 buy 98 1 maker', '1 sell 96.04 1 taker stop_loss'],
  })
  handCase('of a stop entry does not see a low that came before it', {
    bars: ['100 101 99 100', '100 104 96 104'],
    long: {
      entry: '10',
      order: { type: 'stop', price: at(103, 103), expiresAfter: null },
      stopLoss: percent(4),
    },
    settings: { path: 'best_case' },
    fills: ['1 buy 103 1 taker'],
    ambiguous: 1,
  })
})

describe('a target', () => {
  handCase('fills at its price as maker where the high goes through it', {
    bars: ['100 101 99 100', '100 105.01 99 104'],
    long: { entry: '10', takeProfit: [target(5)] },
    fills: ['1 buy 100 1 taker', '1 sell 105 1 maker take_profit'],
  })
  handCase('does not fill where the high only touches it', {
    bars: ['100 101 99 100', '100 105 99 104'],
    long: { entry: '10', takeProfit: [target(5)] },
    fills: ['1 buy 100 1 taker'],
  })
  handCase('at a gap fills at its own price in the worst case', {
    bars: ['100 101 99 100', '100 101 99 100', '108 109 107 108'],
    long: { entry: '100', takeProfit: [target(5)] },
    fills: ['1 buy 100 1 taker', '2 sell 105 1 maker take_profit'],
  })
  handCase('at a gap fills at the better open in the best case', {
    bars: ['100 101 99 100', '100 101 99 100', '108 109 107 108'],
    long: { entry: '100', takeProfit: [target(5)] },
    settings: { path: 'best_case' },
    fills: ['1 buy 100 1 taker', '2 sell 108 1 taker take_profit'],
  })
  handCase('at a gap is not worse than its price after slippage', {
    bars: ['100 101 99 100', '100 101 99 100', '105 109 104 108'],
    long: { entry: '100', takeProfit: [target(5)] },
    settings: { path: 'nearest_extreme', slippage: { type: 'ticks', value: 0 } },
    fills: ['1 buy 100 1 taker', '2 sell 105 1 taker take_profit'],
  })
  handCase('takes its part, the nearest first, and the last all that is left', {
    bars: ['100 101 99 100', '100 107 100 106', '106 111 106 110'],
    long: { entry: '100', takeProfit: [target(10, 40), target(5, 60)] },
    instrument: { quantityStep: 0.1 },
    settings: { sizing: { type: 'fixed_quantity', value: 0.7 } },
    // 60 % of 0.7 is 0.42: four steps.
    fills: ['1 buy 100 0.7 taker', '1 sell 105 0.4 maker take_profit', '2 sell 110 0.3 maker take_profit'],
    trades: [{ exitPrice: (0.4 * 105 + 0.3 * 110) / 0.7, netProfit: 5, bars: 1 }],
  })
  handCase('of parts that do not make a whole leaves the rest open', {
    bars: ['100 101 99 100', '100 107 100 106'],
    long: { entry: '10', takeProfit: [target(5, 30)] },
    fills: ['1 buy 100 1 taker', '1 sell 105 0.3 maker take_profit'],
  })
  handCase('on the wrong side of the fill refuses the entry', {
    bars: ['100 101 99 100', '110 111 109 110'],
    long: {
      entry: '10',
      takeProfit: [{ level: { type: 'price', column: at(105, 105) }, quantityPercent: 100 }],
    },
    fills: [],
    refused: { target_beyond_price: 1 },
  })
})

describe('a trailing stop', () => {
  handCase('follows the highest price and never falls', {
    bars: ['100 101 99 100', '100 104 100 104', '105 110 105 109', '109 109 105 106', '106 107 103 104'],
    long: { entry: '10000', trailingStop: percent(5) },
    // 110 × 0.95
    fills: ['1 buy 100 1 taker', '4 sell 104.5 1 taker trailing_stop'],
  })
  handCase('in a distance follows what was known at the previous close', {
    bars: ['100 101 99 100', '100 110 100 109', '109 109 107 108'],
    long: { entry: '100', trailingStop: { type: 'distance', column: at(20, 2, 2) } },
    fills: ['1 buy 100 1 taker', '2 sell 108 1 taker trailing_stop'],
  })
  handCase('stays where it was while its distance is unknown', {
    bars: ['100 101 99 100', '100 104 100 103', '103 109 95 108'],
    long: { entry: '100', trailingStop: { type: 'distance', column: at(8, Number.NaN, 2) } },
    fills: ['1 buy 100 1 taker', '2 sell 96 1 taker trailing_stop'],
  })
  handCase('of a short follows the lowest price', {
    bars: ['100 101 99 100', '100 100 97 97', '97 97 93 94', '94 99 93.5 98'],
    short: { entry: '1000', trailingStop: percent(5) },
    // 93 × 1.05
    fills: ['1 sell 100 1 taker', '3 buy 97.65 1 taker trailing_stop'],
  })
})

describe('break-even', () => {
  handCase('brings the stop to the entry once the price has touched its mark', {
    bars: ['100 101 99 100', '100 102 100 102', '102 103 101 102', '102 102 98 99'],
    long: { entry: '1000', stopLoss: percent(10) },
    limits: { breakEvenAtPercent: 3 },
    fills: ['1 buy 100 1 taker', '3 sell 100 1 taker break_even'],
  })
  handCase('and a trailing stop may come into force and be hit within one bar, in the worst case', {
    bars: ['100 101 99 100', '100 110 100 109'],
    long: { entry: '10', trailingStop: percent(5) },
    limits: { breakEvenAtPercent: 3 },
    fills: ['1 buy 100 1 taker', '1 sell 104.5 1 taker trailing_stop'],
  })
  handCase('counts an open beyond its mark', {
    bars: ['100 101 99 100', '100 101 100 101', '104 104 99 99'],
    long: { entry: '100' },
    limits: { breakEvenAtPercent: 3 },
    fills: ['1 buy 100 1 taker', '2 sell 100 1 taker break_even'],
  })
})

describe('the path inside a bar', () => {
  const bars = ['100 101 99 100', '100 106 94 101']
  const long = { entry: '10', stopLoss: percent(5), takeProfit: [target(5)] }
  handCase('is the one that costs most in the worst case', {
    bars,
    long,
    fills: ['1 buy 100 1 taker', '1 sell 95 1 taker stop_loss'],
    ambiguous: 1,
    resolved: 0,
  })
  handCase('is the one that brings most in the best case', {
    bars,
    long,
    settings: { path: 'best_case' },
    fills: ['1 buy 100 1 taker', '1 sell 105 1 maker take_profit'],
  })
  handCase('goes first to the extreme that is nearer to the open', {
    bars: ['100 101 99 100', '100 106 93 101'],
    long,
    settings: { path: 'nearest_extreme' },
    fills: ['1 buy 100 1 taker', '1 sell 105 1 maker take_profit'],
  })
  handCase('goes first to the high where both are equally near', {
    bars,
    long,
    settings: { path: 'nearest_extreme' },
    fills: ['1 buy 100 1 taker', '1 sell 105 1 maker take_profit'],
  })
  handCase('is what finer candles say, where they add up to the bar', {
    bars,
    long,
    finer: { minutes: 15, bars: ['', '', '', '', '100 106 100 105', '105 105 94 95', '95 101 95 101'] },
    settings: { path: 'stored' },
    fills: ['1 buy 100 1 taker', '1 sell 105 1 maker take_profit'],
    ambiguous: 1,
    resolved: 1,
  })
  handCase('is the worst where finer candles do not add up to the bar', {
    bars,
    long,
    finer: { minutes: 15, bars: ['', '', '', '', '100 107 100 105', '105 105 94 95', '95 101 95 101'] },
    settings: { path: 'stored' },
    fills: ['1 buy 100 1 taker', '1 sell 95 1 taker stop_loss'],
    ambiguous: 1,
    resolved: 0,
  })
  handCase('is the worst where there are no finer candles of the bar', {
    bars,
    long,
    finer: { minutes: 15, bars: ['100 101 99 100'] },
    settings: { path: 'stored' },
    fills: ['1 buy 100 1 taker', '1 sell 95 1 taker stop_loss'],
  })
  handCase('fills a stop at the open of a finer candle that begins beyond it', {
    bars: ['100 101 99 100', '100 106 90 101'],
    long,
    finer: { minutes: 15, bars: ['', '', '', '', '100 100 96 96', '92 92 90 91', '91 106 91 101'] },
    settings: { path: 'stored' },
    fills: ['1 buy 100 1 taker', '1 sell 92 1 taker stop_loss'],
    resolved: 1,
  })
  handCase('leaves nothing open where only one level is reached', {
    bars: ['100 101 99 100', '100 106 97 101'],
    long,
    fills: ['1 buy 100 1 taker', '1 sell 105 1 maker take_profit'],
    ambiguous: 0,
  })
})

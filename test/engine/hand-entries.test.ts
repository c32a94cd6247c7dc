import { describe } from 'node:test'
import { handCase } from './hand-cases.ts'

const at = (...prices: number[]) => Float64Array.from(prices)

describe('a market entry', () => {
  handCase('fills at the open of the next bar', {
    bars: ['100 101 99 100', '102 103 101 103', '103 104 102 104'],
    long: { entry: '100' },
    fills: ['1 buy 102 1 taker'],
    equity: [1_000, 1_001, 1_002],
  })
  handCase('is not made by a signal of the last bar', {
    bars: ['100 101 99 100', '102 103 101 103'],
    long: { entry: '01' },
    fills: [],
  })
  handCase('is not repeated while the position is open', {
    bars: ['100 101 99 100', '102 103 101 103', '103 104 102 104'],
    long: { entry: '110' },
    fills: ['1 buy 102 1 taker'],
    refused: {},
  })
  handCase('suffers slippage in percent, rounded up to the tick', {
    bars: ['100 101 99 100', '33.33 34 33 34'],
    long: { entry: '10' },
    settings: { slippage: { type: 'percent', value: 0.1 } },
    // 33.33 × 1.001 = 33.36333
    fills: ['1 buy 33.37 1 taker'],
  })
  handCase('suffers slippage in ticks, beyond the bar if need be', {
    bars: ['100 101 99 100', '100 100 99 100'],
    long: { entry: '10' },
    settings: { slippage: { type: 'ticks', value: 5 } },
    fills: ['1 buy 100.05 1 taker'],
  })
  handCase('of a short suffers it downwards', {
    bars: ['100 101 99 100', '33.33 34 33 34'],
    short: { entry: '10' },
    settings: { slippage: { type: 'percent', value: 0.1 } },
    // 33.33 × 0.999 = 33.29667
    fills: ['1 sell 33.29 1 taker'],
  })
  handCase('takes the price as it is without slippage, on the tick or not', {
    bars: ['100 101 99 100', '33.337 34 33 34'],
    long: { entry: '10' },
    fills: ['1 buy 33.337 1 taker'],
  })
  handCase('is neither long nor short where both are wanted', {
    bars: ['100 101 99 100', '100 101 99 100'],
    long: { entry: '10' },
    short: { entry: '10' },
    fills: [],
    refused: { conflict: 1 },
  })
})

describe('a limit entry', () => {
  const limit = (price: number, expiresAfter: number | null = null) =>
    ({ type: 'limit', price: at(price, price, price, price), expiresAfter }) as const
  handCase('fills at its price as maker where the low goes through it', {
    bars: ['100 101 99 100', '100 101 97.99 99'],
    long: { entry: '10', order: limit(98) },
    fills: ['1 buy 98 1 maker'],
  })
  handCase('does not fill where the low only touches it', {
    bars: ['100 101 99 100', '100 101 98 99'],
    long: { entry: '10', order: limit(98) },
    fills: [],
  })
  handCase('fills where the low touches it and touching is enough', {
    bars: ['100 101 99 100', '100 101 98 99'],
    long: { entry: '10', order: limit(98) },
    settings: { limitFill: 'touch' },
    fills: ['1 buy 98 1 maker'],
  })
  handCase('fills at a better open as taker', {
    bars: ['100 101 99 100', '96 101 95 99'],
    long: { entry: '10', order: limit(98) },
    fills: ['1 buy 96 1 taker'],
  })
  handCase('never fills worse than its price, whatever the slippage', {
    bars: ['100 101 99 100', '97.99 101 95 99'],
    long: { entry: '10', order: limit(98) },
    settings: { slippage: { type: 'percent', value: 1 } },
    fills: ['1 buy 98 1 taker'],
  })
  handCase('waits until it fills where it does not expire', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 99 100', '100 101 97 100'],
    long: { entry: '1000', order: limit(98) },
    fills: ['3 buy 98 1 maker'],
  })
  handCase('expires at the close of the last bar that it waited for', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 97 100'],
    long: { entry: '100', order: limit(98, 1) },
    fills: [],
    refused: { expired: 1 },
  })
  handCase('is placed anew where it expires and its rule is true', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 96 100'],
    long: { entry: '110', order: { type: 'limit', price: at(98, 97, 0), expiresAfter: 1 } },
    fills: ['2 buy 97 1 maker'],
    refused: { expired: 1 },
  })
  handCase('is cancelled where the exit rule of its side is true', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 97 100'],
    long: { entry: '100', exit: '010', order: limit(98) },
    fills: [],
    refused: { exit_rule: 1 },
  })
  handCase('is rounded to the nearest tick', {
    bars: ['100 101 99 100', '100 101 97 100'],
    long: { entry: '10', order: limit(98.004) },
    fills: ['1 buy 98 1 maker'],
  })
  handCase('with an unknown price is refused', {
    bars: ['100 101 99 100', '100 101 97 100'],
    long: { entry: '10', order: limit(Number.NaN) },
    fills: [],
    refused: { unknown_price: 1 },
  })
  handCase('of a short fills where the high goes through it', {
    bars: ['100 101 99 100', '100 102.01 99 100'],
    short: { entry: '10', order: limit(102) },
    fills: ['1 sell 102 1 maker'],
  })
})

describe('a stop entry', () => {
  const stop = (price: number) =>
    ({ type: 'stop', price: at(price, price, price), expiresAfter: null }) as const
  handCase('fills at its price as taker where the high touches it', {
    bars: ['100 101 99 100', '100 102 99 100'],
    long: { entry: '10', order: stop(102) },
    fills: ['1 buy 102 1 taker'],
  })
  handCase('fills at an open beyond it', {
    bars: ['100 101 99 100', '104 105 103 104'],
    long: { entry: '10', order: stop(102) },
    fills: ['1 buy 104 1 taker'],
  })
  handCase('suffers slippage', {
    bars: ['100 101 99 100', '100 103 99 100'],
    long: { entry: '10', order: stop(102) },
    settings: { slippage: { type: 'ticks', value: 3 } },
    fills: ['1 buy 102.03 1 taker'],
  })
  handCase('of a short fills where the low touches it', {
    bars: ['100 101 99 100', '100 101 98 100'],
    short: { entry: '10', order: stop(98) },
    fills: ['1 sell 98 1 taker'],
  })
  handCase('of one side cancels that of the other when it fills', {
    bars: ['100 101 99 100', '100 101 99 100', '100 103 99 100', '100 101 97 100'],
    long: { entry: '1000', order: stop(102) },
    short: { entry: '0100', order: stop(98) },
    fills: ['2 buy 102 1 taker'],
    refused: { other_side_filled: 1 },
  })
})

describe('the quantity', () => {
  const bars = ['100 101 99 100', '100 101 99 100']
  handCase('by percent of equity keeps the fee back', {
    bars,
    long: { entry: '10' },
    instrument: { takerFee: 0.01 },
    settings: { sizing: { type: 'percent_of_equity', value: 100 } },
    // 1,000 ÷ (100 × 1.01) = 9.900990…
    fills: ['1 buy 100 9.9 taker'],
  })
  handCase('by percent of equity is margin: leverage multiplies it', {
    bars,
    short: { entry: '00' },
    long: { entry: '10' },
    settings: { leverage: 5, sizing: { type: 'percent_of_equity', value: 50 } },
    fills: ['1 buy 100 25 taker'],
  })
  handCase('by a fixed sum is that sum over the price', {
    bars,
    long: { entry: '10' },
    settings: { sizing: { type: 'fixed_quote', value: 250 } },
    fills: ['1 buy 100 2.5 taker'],
  })
  handCase('by risk is what the stop would cost', {
    bars,
    long: { entry: '10', stopLoss: { type: 'percent', value: 4 } },
    settings: { sizing: { type: 'percent_at_risk', value: 1 } },
    // 10 at risk ÷ 4 a piece
    fills: ['1 buy 100 2.5 taker'],
  })
  handCase('is clipped to what is free, and told so', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 99 100', '100 100 100 100'],
    long: { entry: '1000', exit: '0100', stopLoss: { type: 'percent', value: 1 } },
    settings: { sizing: { type: 'percent_at_risk', value: 50 } },
    fills: ['1 buy 100 10 taker', '1 sell 99 10 taker stop_loss'],
    trades: [{ sizeClipped: true, netProfit: -10 }],
  })
  handCase('is floored to the step, where a hair below a step is that step', {
    bars,
    long: { entry: '10' },
    instrument: { quantityStep: 0.1 },
    settings: { sizing: { type: 'fixed_quantity', value: 0.3 - 1e-12 } },
    fills: ['1 buy 100 0.3 taker'],
  })
  handCase('of no step is refused', {
    bars,
    long: { entry: '10' },
    instrument: { quantityStep: 2 },
    fills: [],
    refused: { zero_quantity: 1 },
  })
  handCase('below the minimum notional is refused', {
    bars,
    long: { entry: '10' },
    instrument: { minimumNotional: 100.01 },
    fills: [],
    refused: { min_notional: 1 },
  })
  handCase('that nothing is free for is refused', {
    bars: ['100 101 99 100', '100 101 99 100', '100 101 99 100'],
    long: { entry: '100' },
    others: [{ bars: ['100 101 99 100', '100 101 99 100', '100 101 99 100'], long: { entry: '110' } }],
    settings: { sizing: { type: 'percent_of_equity', value: 100 } },
    fills: ['1 #0 buy 100 10 taker'],
    refused: { margin: 2 },
  })
  handCase('uses any fraction where there is no step', {
    bars,
    long: { entry: '10' },
    instrument: { quantityStep: 0, priceTick: 0 },
    settings: { sizing: { type: 'fixed_quote', value: 33 } },
    fills: ['1 buy 100 0.33 taker'],
  })
  handCase('is a multiple of a step that does not divide 1', {
    bars,
    long: { entry: '10' },
    instrument: { quantityStep: 0.3 },
    fills: ['1 buy 100 0.8999999999999999 taker'],
  })
})

describe('several instruments', () => {
  const flat = ['100 101 99 100', '100 101 99 100', '100 101 99 100']
  handCase('are granted margin by rank, the highest first', {
    bars: flat,
    long: { entry: '100' },
    rank: [1, 0, 0],
    others: [{ bars: flat, long: { entry: '100' }, rank: [2, 0, 0] }],
    settings: { sizing: { type: 'fixed_quantity', value: 8 } },
    fills: ['1 #1 buy 100 8 taker', '1 #0 buy 100 2 taker'],
  })
  handCase('without a rank come in their order, and an unknown rank last', {
    bars: flat,
    long: { entry: '100' },
    rank: [Number.NaN, 0, 0],
    others: [
      { bars: flat, long: { entry: '100' }, rank: [-5, 0, 0] },
      { bars: flat, long: { entry: '100' } },
    ],
    limits: { maxOpenPositions: 2 },
    fills: ['1 #1 buy 100 1 taker', '1 #0 buy 100 1 taker'],
    refused: { max_positions: 1 },
  })
  handCase('are sized from one snapshot', {
    bars: flat,
    long: { entry: '100' },
    others: [{ bars: flat, long: { entry: '100' } }],
    settings: { sizing: { type: 'percent_of_equity', value: 40 } },
    fills: ['1 #0 buy 100 4 taker', '1 #1 buy 100 4 taker'],
  })
  handCase('wait where they have no bar, marked at their last close', {
    bars: ['100 101 99 100', '100 106 99 105', '', '104 105 103 104'],
    long: { entry: '100', exit: '010' },
    others: [{ bars: ['10 11 9 10', '10 11 9 10', '10 11 9 10', '10 11 9 10'] }],
    fills: ['1 #0 buy 100 1 taker', '3 #0 sell 104 1 taker exit_rule'],
    equity: [1_000, 1_005, 1_005, 1_004],
    trades: [{ acrossGap: true, bars: 1 }],
  })
})

import { describe } from 'node:test'
import { handCase, START } from './hand-cases.ts'

const HOUR = 3_600_000
const percent = (value: number) => ({ type: 'percent', value }) as const
const linear = { kind: 'linear' } as const
const still = (count: number) => Array<string>(count).fill('100 101 99 100')

describe('a contract', () => {
  handCase('locks the margin alone', {
    bars: ['100 101 99 100', '100 101 99 100', '110 111 109 110'],
    long: { entry: '100' },
    instrument: linear,
    settings: { leverage: 10, sizing: { type: 'percent_of_equity', value: 50 } },
    fills: ['1 buy 100 50 taker'],
    equity: [1_000, 1_000, 1_500],
  })
  handCase('is liquidated where its margin is used up, and loses no more', {
    bars: ['100 101 99 100', '100 101 88 89'],
    long: { entry: '10' },
    instrument: linear,
    settings: { leverage: 10, sizing: { type: 'percent_of_equity', value: 50 } },
    fills: ['1 buy 100 50 taker', '1 sell 90 50 taker liquidation'],
    equity: [1_000, 500],
    trades: [{ netProfit: -500, fees: 0 }],
  })
  handCase('is liquidated earlier by its maintenance margin', {
    bars: ['100 101 99 100', '100 101 91 92'],
    long: { entry: '10' },
    instrument: { ...linear, maintenanceMarginRate: 0.1 },
    settings: { leverage: 5, sizing: { type: 'fixed_quantity', value: 1 } },
    // (100 − 20) ÷ 0.9 is 88.9: not reached.
    fills: ['1 buy 100 1 taker'],
  })
  handCase('of a short is liquidated above', {
    bars: ['100 101 99 100', '100 112 99 111'],
    short: { entry: '10' },
    settings: { leverage: 10, sizing: { type: 'percent_of_equity', value: 50 } },
    fills: ['1 sell 100 50 taker', '1 buy 110 50 taker liquidation'],
  })
  handCase('is liquidated at an open beyond the price, without losing more', {
    bars: ['100 101 99 100', '100 101 99 100', '50 51 49 50'],
    long: { entry: '100', stopLoss: percent(5) },
    instrument: linear,
    settings: { leverage: 10, sizing: { type: 'percent_of_equity', value: 50 } },
    fills: ['1 buy 100 50 taker', '2 sell 50 50 taker liquidation'],
    equity: [1_000, 1_000, 500],
  })
  handCase('is stopped where the stop comes first', {
    bars: ['100 101 99 100', '100 101 50 50'],
    long: { entry: '10', stopLoss: percent(5) },
    instrument: linear,
    settings: { leverage: 10, sizing: { type: 'percent_of_equity', value: 50 } },
    fills: ['1 buy 100 50 taker', '1 sell 95 50 taker stop_loss'],
  })
  handCase('whose exit would cost more than its margin is liquidated', {
    bars: ['100 101 99 100', '100 101 99 100', '90.5 91 90.1 91'],
    long: { entry: '100', exit: '010' },
    instrument: { ...linear, takerFee: 0.01 },
    settings: { leverage: 10 },
    // A loss of 9.5 and a fee of 0.905 against a margin of 10.
    fills: ['1 buy 100 1 taker', '2 sell 90.5 1 taker liquidation'],
    trades: [{ netProfit: -11, fees: 1 }],
  })
  handCase('whose exit would cost more than its margin is liquidated, whatever comes after', {
    bars: ['100 101 99 100', '100 101 99 100', '90.5 91 90.1 91', '91 92 90 91', '91 92 90 91'],
    long: { entry: '100', exit: '010' },
    instrument: { ...linear, takerFee: 0.01 },
    settings: { leverage: 10 },
    fills: ['1 buy 100 1 taker', '2 sell 90.5 1 taker liquidation'],
  })
  handCase('ruins the account where that was all there was', {
    bars: ['100 101 99 100', '100 101 80 80', '80 81 79 80'],
    long: { entry: '111' },
    instrument: linear,
    settings: { leverage: 10, sizing: { type: 'percent_of_equity', value: 100 } },
    fills: ['1 buy 100 100 taker', '1 sell 90 100 taker liquidation'],
    equity: [1_000, 0],
    ruined: true,
    refused: {},
  })
})

describe('funding', () => {
  const held = { entry: '1000' }
  handCase('is paid by a long out of its margin at each due time', {
    bars: still(4),
    long: held,
    instrument: linear,
    funding: { type: 'rate', rate: 0.01, interval: 2 * HOUR },
    // Due at bars 2; 1 × 100 × 0.01.
    fills: ['1 buy 100 1 taker'],
    equity: [1_000, 1_000, 999, 999],
  })
  handCase('is received by a short', {
    bars: still(4),
    short: held,
    funding: { type: 'rate', rate: 0.01, interval: 2 * HOUR },
    fills: ['1 sell 100 1 taker'],
    equity: [1_000, 1_000, 1_001, 1_001],
  })
  handCase('is not paid by a position that opens when it is due', {
    bars: still(3),
    long: { entry: '010' },
    instrument: linear,
    funding: { type: 'rate', rate: 0.01, interval: 2 * HOUR },
    fills: ['2 buy 100 1 taker'],
    equity: [1_000, 1_000, 1_000],
  })
  handCase('is paid at the mark price of its time, and for all times that missing bars have passed', {
    bars: ['100 101 99 100', '100 101 99 100', '', '', '100 101 99 100'],
    long: { entry: '100' },
    instrument: linear,
    funding: {
      type: 'times',
      timestamp: Float64Array.of(
        START - HOUR,
        START + HOUR,
        START + 2 * HOUR,
        START + 3 * HOUR,
        START + 5 * HOUR,
      ),
      rate: Float64Array.of(1, 1, 0.01, 0.02, 1),
      markPrice: Float64Array.of(1, 1, 200, Number.NaN, 1),
    },
    fills: ['1 buy 100 1 taker'],
    // 200 × 0.01 and 100 × 0.02.
    equity: [1_000, 1_000, 996],
  })
  handCase('that uses the margin up liquidates, also a position that was to be closed', {
    bars: still(3),
    long: { entry: '100', exit: '010' },
    instrument: linear,
    settings: { leverage: 10 },
    funding: { type: 'rate', rate: 0.5, interval: 2 * HOUR },
    fills: ['1 buy 100 1 taker', '2 sell 100 1 taker liquidation'],
    trades: [{ funding: 10, netProfit: -10 }],
  })
})

describe('limits of the account', () => {
  const falling = ['100 101 99 100', '100 101 94 94', '94 95 93 94', '94 95 93 94']
  handCase('close everything after the day has lost too much, until the next UTC day', {
    bars: falling,
    long: { entry: '1111' },
    settings: { sizing: { type: 'percent_of_equity', value: 100 } },
    limits: { dailyLossPercent: 5 },
    fills: ['1 buy 100 10 taker', '2 sell 94 10 taker daily_loss'],
    refused: { daily_loss: 2 },
  })
  handCase('let a new UTC day begin from its own equity', {
    bars: [...still(23), '100 101 94 94', '94 95 93 94', '94 95 93 94'],
    long: { entry: `${'0'.repeat(21)}1011` },
    settings: { sizing: { type: 'percent_of_equity', value: 100 } },
    limits: { dailyLossPercent: 5 },
    // The bar that ends the day loses 6 %: out at the next open, where a new entry is allowed again.
    fills: ['22 buy 100 10 taker', '24 sell 94 10 taker daily_loss', '24 buy 94 10 taker'],
  })
  handCase('end all trading after a drawdown', {
    bars: falling,
    long: { entry: '1111' },
    settings: { sizing: { type: 'percent_of_equity', value: 100 } },
    limits: { maxDrawdownPercent: 6 },
    fills: ['1 buy 100 10 taker', '2 sell 94 10 taker max_drawdown'],
    refused: { max_drawdown: 2 },
  })
  handCase('cancel orders that wait', {
    bars: falling,
    long: { entry: '1000' },
    others: [
      {
        bars: falling,
        long: { entry: '0000' },
      },
      {
        bars: falling,
        long: {
          entry: '1000',
          order: { type: 'limit', price: Float64Array.of(1, 1, 1, 1), expiresAfter: null },
        },
      },
    ],
    settings: { sizing: { type: 'percent_of_equity', value: 100 } },
    limits: { maxDrawdownPercent: 6 },
    fills: ['1 #0 buy 100 10 taker', '2 #0 sell 94 10 taker max_drawdown'],
    refused: { max_drawdown: 1 },
  })
  handCase('hold as many positions as are allowed', {
    bars: still(3),
    long: { entry: '110' },
    others: [{ bars: still(3), long: { entry: '110' } }],
    limits: { maxOpenPositions: 1 },
    fills: ['1 #0 buy 100 1 taker'],
    refused: { max_positions: 2 },
  })
})

describe('the end of the data', () => {
  const bars = ['100 101 99 100', '100 101 99 100', '104 106 103 105']
  handCase('closes what is open at the last close', {
    bars,
    long: { entry: '100' },
    instrument: { takerFee: 0.01 },
    settings: { closeAtEnd: 'close' },
    fills: ['1 buy 100 1 taker', '2 sell 105 1 taker end_of_data'],
    equity: [1_000, 999, 1_002.95],
  })
  handCase('closes it at the last open instead, and lets nothing begin there', {
    bars,
    long: { entry: '110', exit: '000' },
    short: { entry: '000' },
    others: [{ bars, long: { entry: '010' } }],
    settings: { closeAtEnd: 'open' },
    fills: ['1 #0 buy 100 1 taker', '2 #0 sell 104 1 taker end_of_data'],
    refused: { end_of_data: 1 },
  })
  handCase('leaves it open, marked', {
    bars,
    long: { entry: '100' },
    fills: ['1 buy 100 1 taker'],
    equity: [1_000, 1_000, 1_005],
  })
  handCase('cancels an order that waits', {
    bars,
    long: { entry: '100', order: { type: 'limit', price: Float64Array.of(1, 1, 1), expiresAfter: null } },
    fills: [],
    refused: { end_of_data: 1 },
  })
  handCase('and its beginning may cut off bars', {
    bars: still(5),
    long: { entry: '11111' },
    settings: { from: START + HOUR, to: START + 4 * HOUR, closeAtEnd: 'close' },
    fills: ['2 buy 100 1 taker', '3 sell 100 1 taker end_of_data'],
    equity: [1_000, 1_000, 1_000],
  })
  handCase('may come before anything has begun', {
    bars: still(2),
    settings: { from: START + 9 * HOUR },
    fills: [],
    equity: [],
  })
})

import type { Fill, Trade } from './outcome.ts'
import { type Field, flag, plain, word } from './records.ts'

/** Numbers of the words in records, stored tables and hashes. Append only. */
export const EXIT_REASONS = [
  'exit_rule',
  'stop_loss',
  'trailing_stop',
  'break_even',
  'take_profit',
  'max_bars',
  'liquidation',
  'daily_loss',
  'max_drawdown',
  'end_of_data',
] as const satisfies readonly Trade['exitReason'][]

const FILL_REASONS = [...EXIT_REASONS, 'entry_rule'] as const satisfies readonly Fill['reason'][]

export const SIDES = ['short', 'long'] as const
export const KINDS = ['entry', 'exit'] as const
const LIQUIDITIES = ['maker', 'taker'] as const

/** In the order in which trades are hashed. */
export const TRADE_FIELDS: readonly Field<Trade>[] = [
  plain('entryTime'),
  plain('exitTime'),
  plain('signalTime'),
  plain('market'),
  word('side', SIDES),
  plain('entryPrice'),
  plain('quantity'),
  plain('exitPrice'),
  word('exitReason', EXIT_REASONS),
  plain('grossProfit'),
  plain('fees'),
  plain('funding'),
  plain('netProfit'),
  plain('bars'),
  plain('maxFavourable'),
  plain('maxAdverse'),
  flag('sizeClipped'),
  flag('acrossGap'),
]

export const FILL_FIELDS: readonly Field<Fill>[] = [
  plain('market'),
  plain('trade'),
  word('kind', KINDS),
  word('side', SIDES),
  plain('time'),
  plain('price'),
  plain('quantity'),
  plain('fee'),
  word('liquidity', LIQUIDITIES),
  word('reason', FILL_REASONS),
  flag('atOpen'),
]

/** Where in a row each property is: the places of the fields above. */
export const TRADE_AT = {
  entryTime: 0,
  exitTime: 1,
  signalTime: 2,
  market: 3,
  side: 4,
  entryPrice: 5,
  quantity: 6,
  exitPrice: 7,
  exitReason: 8,
  grossProfit: 9,
  fees: 10,
  funding: 11,
  netProfit: 12,
  bars: 13,
  maxFavourable: 14,
  maxAdverse: 15,
  sizeClipped: 16,
  acrossGap: 17,
} as const satisfies Record<keyof Trade, number>

export const FILL_AT = {
  market: 0,
  trade: 1,
  kind: 2,
  side: 3,
  time: 4,
  price: 5,
  quantity: 6,
  fee: 7,
  liquidity: 8,
  reason: 9,
  atOpen: 10,
} as const satisfies Record<keyof Fill, number>

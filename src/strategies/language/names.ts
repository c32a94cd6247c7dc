/** Columns of the candles. */
export const COLUMNS = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const
/** Averages of a bar's prices: the columns that are added, in this order, and divided by their number. */
export const AVERAGES = {
  hl2: ['high', 'low'],
  hlc3: ['high', 'low', 'close'],
  ohlc4: ['open', 'high', 'low', 'close'],
} as const
/** Parts of the time at which a bar closes, UTC. */
export const CLOSE_TIMES = ['hour', 'minute', 'day_of_week', 'day_of_month'] as const
/** What an exit rule may read of the open position. */
export const POSITION_VALUES = [
  'entry_price',
  'bars_in_position',
  'position_return',
  'highest_since_entry',
  'lowest_since_entry',
] as const
export const WORDS = ['and', 'or', 'not', 'true', 'false'] as const

export type ColumnName = (typeof COLUMNS)[number]
export type AverageName = keyof typeof AVERAGES
export type CloseTimeName = (typeof CLOSE_TIMES)[number]
export type PositionValueName = (typeof POSITION_VALUES)[number]

const NAME = /^[a-z_][a-z0-9_]{0,63}$/

export function isName(text: string): boolean {
  return NAME.test(text)
}

function isOneOf<T extends string>(list: readonly T[], text: string): text is T {
  return list.some((known) => known === text)
}

export const isColumn = (name: string): name is ColumnName => isOneOf(COLUMNS, name)
export const isAverage = (name: string): name is AverageName => Object.hasOwn(AVERAGES, name)
export const isCloseTime = (name: string): name is CloseTimeName => isOneOf(CLOSE_TIMES, name)
export const isPositionValue = (name: string): name is PositionValueName => isOneOf(POSITION_VALUES, name)

/** Names with a value that every rule can read. */
export const BAR_VALUES: readonly string[] = [...COLUMNS, ...Object.keys(AVERAGES), ...CLOSE_TIMES]

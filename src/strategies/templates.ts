/** A strategy to begin with. */
export type Template = {
  id: string
  title: string
  /** What it bets on, and where it is known to fail. */
  description: string
  document: Readonly<Record<string, unknown>>
}

const ALL_IN = { type: 'percent_of_equity', value: 95 }

const smaCross: Template = {
  id: 'sma_cross',
  title: 'SMA 10/30 cross',
  description:
    'The example of every textbook: long while the average of the last 10 days is above that of the last 30. It rides long trends, comes late to each, and pays for every false start of a sideways market.',
  document: {
    name: 'SMA 10/30 cross',
    timeframe: '1d',
    parameters: {
      fast: { default: 10, min: 5, max: 20, step: 1 },
      slow: { default: 30, min: 25, max: 100, step: 5 },
    },
    series: { fast_ma: 'sma(close, fast)', slow_ma: 'sma(close, slow)' },
    long: { entry: 'crosses_above(fast_ma, slow_ma)', exit: 'crosses_below(fast_ma, slow_ma)' },
    sizing: ALL_IN,
  },
}

const emaCross: Template = {
  id: 'ema_cross',
  title: 'EMA cross with a trend filter',
  description:
    'Buys when a fast average crosses a slow one, but only above the average of four-hour bars and not when the RSI is overheated. A limit a little lower saves the taker fee and misses the fastest moves.',
  document: {
    name: 'EMA cross with a trend filter',
    timeframe: '1h',
    parameters: {
      fast: { default: 12, min: 5, max: 24, step: 1 },
      slow: { default: 26, min: 25, max: 100, step: 5 },
    },
    series: { fast_ma: 'ema(close, fast)', slow_ma: 'ema(close, slow)', trend: 'ema(close, 50)@4h' },
    long: {
      entry: 'crosses_above(fast_ma, slow_ma) and close > trend and rsi(close, 14) < 70',
      exit: 'crosses_below(fast_ma, slow_ma)',
      order: { type: 'limit', price: 'close * 0.998', expires_after: 3 },
    },
    sizing: ALL_IN,
    risk: {
      stop_loss: { type: 'atr', period: 14, multiple: 3 },
      take_profit: [{ type: 'percent', value: 8 }],
    },
  },
}

const rsiReversion: Template = {
  id: 'rsi_reversion',
  title: 'RSI mean reversion',
  description:
    'Buys what fell too fast within a rising market and sells it when it has calmed down. Wins often and little; a crash through the stop is what it fears.',
  document: {
    name: 'RSI mean reversion',
    timeframe: '15m',
    parameters: {
      oversold: { default: 30, min: 15, max: 40, step: 1 },
      calm: { default: 55, min: 45, max: 70, step: 1 },
    },
    series: { strength: 'rsi(close, 14)', trend: 'sma(close, 200)' },
    long: { entry: 'strength < oversold and close > trend * 0.97', exit: 'strength > calm' },
    sizing: { type: 'percent_of_equity', value: 50 },
    risk: { stop_loss: { type: 'percent', value: 6 }, max_bars: 72, cooldown_bars: 6 },
  },
}

const bollingerBreakout: Template = {
  id: 'bollinger_breakout',
  title: 'Bollinger breakout',
  description:
    'Buys a close above the upper band after a time of narrow bands, on more volume than usual, and holds until the price is back at the middle. Many small losses for a few large gains.',
  document: {
    name: 'Bollinger breakout',
    timeframe: '4h',
    parameters: {
      length: { default: 20, min: 10, max: 50, step: 5 },
      width: { default: 2, min: 1, max: 3, step: 0.25 },
    },
    series: {
      upper: 'bollinger(close, length, width).upper',
      middle: 'bollinger(close, length, width)',
      squeeze: 'bandwidth(close, length, width)',
    },
    long: {
      entry: 'close > upper and squeeze[1] < sma(squeeze, 100)[1] and volume > sma(volume, length)',
      exit: 'close < middle',
    },
    sizing: ALL_IN,
    risk: { stop_loss: { type: 'atr', period: 14, multiple: 2.5 } },
  },
}

const turtle: Template = {
  id: 'donchian_turtle',
  title: 'Donchian breakout, as the turtles traded it',
  description:
    'Buys the highest price of 20 days, sells the lowest of 10, and risks one percent of the equity on each try. The classic of trend following: more losers than winners, and the winners pay for all.',
  document: {
    name: 'Donchian breakout',
    timeframe: '1d',
    parameters: {
      breakout: { default: 20, min: 10, max: 60, step: 5 },
      retreat: { default: 10, min: 5, max: 30, step: 5 },
    },
    series: { high_before: 'highest(high, breakout)[1]', low_before: 'lowest(low, retreat)[1]' },
    long: { entry: 'close > high_before', exit: 'close < low_before' },
    sizing: { type: 'percent_at_risk', value: 1 },
    risk: { stop_loss: { type: 'atr', period: 20, multiple: 2 } },
  },
}

const macdTrend: Template = {
  id: 'macd_trend',
  title: 'MACD with the larger trend',
  description:
    'Takes the turns of the MACD on bars of 15 minutes that go with the trend of the hours. The filter halves the trades and leaves out most of the bad ones, and the beginning of each new trend.',
  document: {
    name: 'MACD with the larger trend',
    timeframe: '15m',
    series: { momentum: 'macd(close, 12, 26, 9).histogram', trend: 'ema(close, 50)@1h' },
    long: {
      entry: 'crosses_above(momentum, 0) and close > trend',
      exit: 'crosses_below(momentum, 0) or close < trend * 0.99',
    },
    sizing: ALL_IN,
    risk: { stop_loss: { type: 'atr', period: 14, multiple: 3 }, cooldown_bars: 3 },
  },
}

const supertrend: Template = {
  id: 'supertrend',
  title: 'Supertrend',
  description:
    'Long while the supertrend is below the price, with its line as the stop. Simple and always in step with the volatility; sideways markets cost it a little again and again.',
  document: {
    name: 'Supertrend',
    timeframe: '4h',
    parameters: {
      length: { default: 10, min: 5, max: 30, step: 1 },
      multiple: { default: 3, min: 1, max: 6, step: 0.5 },
    },
    series: {
      line: 'supertrend(length, multiple)',
      up: 'supertrend(length, multiple).direction > 0',
    },
    long: { entry: 'up and not up[1]', exit: 'not up' },
    sizing: ALL_IN,
    risk: { stop_loss: { type: 'price', price: 'line' } },
  },
}

const dipBuyer: Template = {
  id: 'dip_buyer',
  title: 'Dip buyer with limit orders',
  description:
    'Lays a limit order some percent below the close again and again and takes a small profit in two steps, like one line of a grid. Earns in calm markets; a falling one fills it and goes on.',
  document: {
    name: 'Dip buyer',
    timeframe: '15m',
    parameters: {
      dip: { default: 1.5, min: 0.5, max: 5, step: 0.25 },
      gain: { default: 1.2, min: 0.4, max: 5, step: 0.2 },
    },
    series: { calm: 'natr(96) < 1.5' },
    long: {
      entry: 'calm and close > sma(close, 384) * 0.95',
      order: { type: 'limit', price: 'close * (1 - dip / 100)', expires_after: 4 },
    },
    sizing: { type: 'percent_of_equity', value: 30 },
    risk: {
      stop_loss: { type: 'percent', value: 4 },
      take_profit: [
        { type: 'percent', value: 'gain', quantity_percent: 50 },
        { type: 'percent', value: 'gain * 2', quantity_percent: 50 },
      ],
      max_bars: 192,
      cooldown_bars: 4,
      daily_loss_percent: 3,
    },
  },
}

const atrTrend: Template = {
  id: 'atr_trend',
  title: 'Trend with a trailing stop',
  description:
    'Buys strength above a long average, lets a stop follow at three times the usual range, and moves it to the entry once the trade has earned four percent. The trailing stop is the only exit: it lets profits run.',
  document: {
    name: 'Trend with a trailing stop',
    timeframe: '4h',
    parameters: { multiple: { default: 3, min: 1.5, max: 6, step: 0.5 } },
    series: { trend: 'ema(close, 100)', strength: 'adx(14)' },
    long: { entry: 'close > trend and strength > 20 and close > highest(high, 10)[1]' },
    sizing: { type: 'percent_at_risk', value: 1 },
    risk: {
      stop_loss: { type: 'atr', period: 14, multiple: 'multiple' },
      trailing_stop: { type: 'atr', period: 14, multiple: 'multiple' },
      break_even: { at_percent: 4 },
      max_drawdown_percent: 25,
    },
  },
}

const rotation: Template = {
  id: 'momentum_rotation',
  title: 'The strongest of several',
  description:
    'Holds up to three of the instruments of a run, those that rose most in 30 days, and drops what falls under its average. Give it several instruments; with one it is a plain trend follower.',
  document: {
    name: 'The strongest of several',
    timeframe: '1d',
    parameters: { lookback: { default: 30, min: 10, max: 90, step: 5 } },
    series: { gain: 'roc(close, lookback)', average: 'sma(close, 50)' },
    long: { entry: 'gain > 0 and close > average', exit: 'close < average or gain < -5' },
    rank: 'gain',
    sizing: { type: 'percent_of_equity', value: 30 },
    risk: { max_open_positions: 3, stop_loss: { type: 'percent', value: 15 } },
  },
}

const longShort: Template = {
  id: 'long_short_trend',
  title: 'Long and short with the trend',
  description:
    'For perpetuals: long above a band around an average, short below it, flat within. What falls for months is a trend as well. Funding is part of its costs, so look at it in the report.',
  document: {
    name: 'Long and short with the trend',
    timeframe: '4h',
    parameters: { band: { default: 1, min: 0.25, max: 3, step: 0.25 } },
    series: { middle: 'ema(close, 60)', range: 'atr(20)' },
    long: { entry: 'close > middle + band * range', exit: 'close < middle' },
    short: { entry: 'close < middle - band * range', exit: 'close > middle' },
    sizing: { type: 'percent_at_risk', value: 1 },
    risk: {
      stop_loss: { type: 'atr', period: 20, multiple: 2.5 },
      daily_loss_percent: 5,
    },
  },
}

export const TEMPLATES: readonly Template[] = [
  smaCross,
  emaCross,
  rsiReversion,
  bollingerBreakout,
  turtle,
  macdTrend,
  supertrend,
  dipBuyer,
  atrTrend,
  rotation,
  longShort,
]

export const TEMPLATE_IDS = TEMPLATES.map(({ id }) => id)

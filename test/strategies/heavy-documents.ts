import { strategy } from './documents.ts'

/** A document, and values for its parameters, that are made to be expensive to check. */
export type HeavyDocument = {
  document: Record<string, unknown>
  parameters?: Record<string, unknown>
}

const LENGTH = 4_000

/** As many pieces as fit into one expression. */
function fill(of: (index: number) => string, separator: string, length = LENGTH): string {
  let text = of(0)
  for (let index = 1; ; index++) {
    const longer = `${text}${separator}${of(index)}`
    if (longer.length > length) return text
    text = longer
  }
}

function nested(depth: number, wrap: (inner: string, level: number) => string, core: string): string {
  let text = core
  for (let level = 0; level < depth; level++) text = wrap(text, level)
  return text
}

function seriesOf(count: number, of: (index: number) => string, prefix = 's'): Record<string, string> {
  return Object.fromEntries(Array.from({ length: Math.floor(count) }, (_, i) => [`${prefix}${i}`, of(i)]))
}

function entering(entry: string, changes: Record<string, unknown> = {}): HeavyDocument {
  return { document: strategy({ long: { entry, exit: 'close < open' }, ...changes }) }
}

const longName = (index: number, fill = 'x') => `n${index}_`.padEnd(64, fill)
const parametersOf = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`p${i}`, { default: 10 + i, min: 5, max: 200, step: 1 }]),
  )
/** Series that are computed on five timeframes. */
function onEveryTimeframe(
  count: number,
  of: (index: number) => string,
  parameters: Record<string, unknown> = {},
): HeavyDocument {
  const series = seriesOf(count, of)
  const names = Object.keys(series)
  const sum = names
    .flatMap((name) => ['', '@4h', '@12h', '@1d', '@1w'].map((larger) => name + larger))
    .join('+')
  return entering('x > 1', { series: { ...series, x: sum }, parameters })
}

/** Every place of a document that holds a rule. */
function everywhere(rule: string, price: string): Record<string, unknown> {
  const side = { entry: rule, exit: rule, order: { type: 'limit', price } }
  return {
    ...{ long: side, short: side, rank: price },
    risk: {
      stop_loss: { type: 'price', price },
      take_profit: Array.from({ length: 8 }, () => ({ type: 'price', price, quantity_percent: 10 })),
    },
  }
}

/** Kinds of documents by what makes them expensive; `size` from 0 to 1, 1 being the most that fits. */
export const HEAVY_DOCUMENTS: Record<string, (size: number) => HeavyDocument> = {
  'nested "not" with conditions': (size) =>
    entering(nested(30 * size, (inner, i) => `not (close > ${i} and ${inner})`, 'close > open')),
  'nested "not" in every series': (size) =>
    entering('s0', {
      series: seriesOf(12 * size, () =>
        nested(30, (inner, i) => `not (close > ${i} and ${inner})`, 'close > open'),
      ),
    }),
  'nested brackets that alternate "and" and "or"': (size) =>
    entering(
      nested(
        60 * size,
        (inner, i) =>
          `(${inner} ${i % 2 === 0 ? 'and' : 'or'} high > ${i} ${i % 2 === 0 ? 'and' : 'or'} low > ${i})`,
        'close > open',
      ),
    ),
  'a long "and"': (size) => entering(fill((i) => `close > ${i}`, ' and ', LENGTH * size)),
  'a long sum': (size) => entering(`${fill(() => 'a', '+', 1_980 * size)} > 1`, { series: { a: 'open' } }),
  'long postfixes': (size) => entering(`close${'[1]'.repeat(Math.floor(390 * size))} > 1`),
  'long signs': (size) =>
    entering('s0 > 1', {
      series: seriesOf(
        31 * size,
        (i) => `${'-'.repeat(60)}${i + 1 < Math.floor(31 * size) ? `s${i + 1}` : 'close'}`,
      ),
    }),
  'calls as deep as they go': (size) =>
    entering('s0 > 1', {
      series: seriesOf(6 * size, (i) => {
        const inner = i + 1 < Math.floor(6 * size) ? `s${i + 1}` : 'close'
        return nested(60, (text) => `abs(${text})`, inner)
      }),
    }),
  'calls that are too deep': (size) =>
    entering('s0 > 1', {
      series: seriesOf(32 * size, (i) => {
        const inner = i + 1 < Math.floor(32 * size) ? `s${i + 1}` : 'close'
        return nested(60, (text) => `abs(${text})`, inner)
      }),
    }),
  'a chain of sums of series': (size) =>
    entering('s0 > 1', {
      series: seriesOf(120 * size, (i) =>
        i + 1 < Math.floor(120 * size) ? `s${i + 1}+1+2+3+4+5+6+7` : 'close',
      ),
    }),
  'series that double': (size) =>
    entering('s0 > 1', {
      series: seriesOf(128 * size, (i) =>
        i + 1 < Math.floor(128 * size) ? `s${i + 1} + s${i + 1}` : 'close',
      ),
    }),
  'conditions that double': (size) =>
    entering('s0', {
      series: seriesOf(128 * size, (i) =>
        i + 1 < Math.floor(128 * size) ? `not s${i + 1} or s${i + 1} and close > ${i}` : 'close > open',
      ),
    }),
  'conditions that every rule reads': (size) => ({
    document: strategy({
      ...everywhere('s0', 'close + if(s0, 1, 2)'),
      series: seriesOf(128 * size, (i) =>
        i + 1 < Math.floor(128 * size) ? `not s${i + 1} or s${i + 1} and close > ${i}` : 'close > open',
      ),
    }),
  }),
  'conditions with long names that every rule reads': (size) => ({
    document: strategy({
      ...everywhere('s0', 'close + if(s0, 1, 2)'),
      series: {
        ...seriesOf(7 * size, (i) =>
          nested(
            25,
            (inner) => `not (${longName(0)} and ${inner})`,
            i + 1 < Math.floor(7 * size) ? `s${i + 1}` : 'close > open',
          ),
        ),
        [longName(0)]: 'close > open',
      },
    }),
  }),
  'series on every timeframe': (size) =>
    onEveryTimeframe(6 * size, (i) => fill((j) => `open/${i * 100 + j}`, '+', 260)),
  'parameters on every timeframe': (size) =>
    onEveryTimeframe(6 * size, (i) => fill((j) => `open/p${(i + j) % 32}`, '+', 250), parametersOf(32)),
  'averages of prices on every timeframe': (size) =>
    onEveryTimeframe(7 * size, () => fill(() => 'ohlc4/p0', '+', 250), parametersOf(4)),
  'windows on every timeframe': (size) =>
    onEveryTimeframe(
      7 * size,
      (i) => fill((j) => `highest(open, p${(i + j) % 32} + ${j})`, '+', 500),
      parametersOf(32),
    ),
  'indicators with parameters': (size) =>
    entering('s0 > 1', {
      series: seriesOf(20 * size, (i) =>
        fill((j) => `macd(close, p${j % 9}, 250, ${i + 2}).signal`, '+', 500),
      ),
      parameters: parametersOf(9),
    }),
  'many arguments': (size) =>
    entering('s0 > 1', {
      series: seriesOf(8 * size, (i) => `max(${fill((j) => `open[${j + i}]`, ',', 600)})`),
    }),
  'brackets around everything': (size) =>
    entering('s0 > 1', {
      series: seriesOf(8 * size, () => fill(() => `${'('.repeat(60)}open${')'.repeat(60)}`, '+', 1_200)),
    }),
  'constants that are no numbers': (size) =>
    entering('s0 > 1', {
      series: seriesOf(10 * size, (i) => fill((j) => `ln(0-${i * 50 + j})`, '+', 330)),
      parameters: parametersOf(3),
    }),
  'prices of every target': (size) => ({
    document: strategy(
      everywhere(
        'close > open',
        fill((i) => `sma(close, ${i + 2})`, '+', 430 * size),
      ),
    ),
  }),
  'an exit that reads the position': (size) => ({
    document: strategy({
      long: {
        entry: 'close > open',
        exit: nested(30 * size, (inner, i) => `not (${inner} and entry_price > ${i})`, 'close > entry_price'),
      },
    }),
  }),
  'names that do not exist': (size) =>
    entering(
      fill((i) => longName(i, 'y'), ' + ', LENGTH * size),
      {
        series: {
          ...seriesOf(110 * size, (i) => `${longName(i)} + ${longName(i + 1_000)}`, 'x'.repeat(60)),
        },
      },
    ),
  'names that are nearly right': (size) =>
    entering('close > open', {
      series: Object.fromEntries(
        Array.from({ length: Math.floor(120 * size) }, (_, i) => [
          `s${i}_`.padEnd(64, 'ab'),
          `s${i}_`.padEnd(44, 'ab').padEnd(64, 'ba'),
        ]),
      ),
    }),
  'functions that do not exist': (size) =>
    entering(fill((i) => `stochastic_momentum${i}(close)`, '+', LENGTH * size)),
  'outputs that do not exist': (size) =>
    entering(fill((i) => `macd(close).histogrm${i}`, '+', LENGTH * size)),
  'timeframes that do not exist': (size) => entering(fill((i) => `close@${i}hh`, '+', LENGTH * size)),
  'series that need each other': (size) =>
    entering('s0 > 1', {
      series: seriesOf(128 * size, (i) =>
        [
          ...Array.from({ length: 7 }, (_, j) => `s${(i * 7 + j) % Math.floor(128 * size)}`),
          `s${(i + 1) % Math.floor(128 * size)}`,
        ].join('+'),
      ),
    }),
  'series with long names that need each other': (size) => {
    const count = Math.floor(100 * size)
    const entries = Array.from({ length: count }, (_, i) => [
      longName(i),
      [
        `${longName((i + 1) % count)}`,
        ...Array.from({ length: 6 }, (_, j) => longName((i * 5 + j) % count)),
      ].join('+'),
    ])
    return entering('close > open', { series: Object.fromEntries(entries) })
  },
  'parameters that do not exist': (size) => ({
    document: strategy({
      parameters: Object.fromEntries(
        Array.from({ length: 32 }, (_, i) => [
          `p${i}_`.padEnd(64, 'ab'),
          { default: 1, min: 1, max: 2, step: 1 },
        ]),
      ),
    }),
    parameters: Object.fromEntries(
      Array.from({ length: Math.floor(1_000 * size) }, (_, i) => [
        `p${i}_`.padEnd(50, 'ab').padEnd(64, 'ba'),
        1,
      ]),
    ),
  }),
  'keys that do not exist': (size) => ({
    document: strategy({
      risk: Object.fromEntries(
        Array.from({ length: Math.floor(3_000 * size) }, (_, i) => [`max_open_po${i}`, 1]),
      ),
    }),
  }),
  'a long list in place of a rule': (size) => ({
    document: strategy({ rank: Array.from({ length: Math.floor(30_000 * size) }, () => 1) }),
  }),
  'a deep list in place of a rule': (size) => ({
    document: strategy({ rank: JSON.parse('['.repeat(30_000 * size) + ']'.repeat(30_000 * size)) }),
  }),
  'text that cannot be read': (size) =>
    entering('s0 > 1', { series: seriesOf(15 * size, () => fill(() => 'a b', ' ', 600)) }),
  'spaces and line ends': (size) => entering(`close > open${' \n'.repeat(2_000 * size)}`),
}

/** A document of ordinary size. */
export const ORDINARY: HeavyDocument = {
  document: strategy({
    parameters: {
      fast: { default: 12, min: 5, max: 50, step: 1 },
      slow: { default: 26, min: 10, max: 200, step: 2 },
    },
    series: { fast_ma: 'ema(close, fast)', slow_ma: 'ema(close, slow)', trend: 'ema(close, 50)@4h' },
    long: {
      entry: 'crosses_above(fast_ma, slow_ma) and close > trend and rsi(close, 14) < 70',
      exit: 'crosses_below(fast_ma, slow_ma)',
    },
  }),
}

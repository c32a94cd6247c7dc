import { Type } from 'typebox'
import { METRICS } from '../engine/metrics/catalogue.ts'
import type { TableColumns, TableRow } from './table-columns.ts'

/*
 * What answers hold that is made from lists of names: described in full for readers of the documentation, and open, so
 * that nothing is lost on its way out.
 */
const OPEN = { additionalProperties: true } as const
const HASH = '5c0a3f9d0f2e7b4c8a1d6e5f4b3c2a190807060504030201f0e0d0c0b0a09080'

const count = (description: string, example = 0) => ({ type: 'integer', description, examples: [example] })
const text = (description: string, example: string) => ({ type: 'string', description, examples: [example] })

const metricProperties = Object.fromEntries(
  METRICS.map(({ name, title, unit, definition }) => [
    name,
    { type: ['number', 'null'], description: `${title} (${unit}): ${definition}` },
  ]),
)

const metricsExample = {
  ...{ net_profit: 1_204.5, total_return: 0.12045, buy_and_hold_return: 0.081, sharpe: 1.31 },
  ...{ max_drawdown: 0.094, trades: 42, win_rate: 0.45, profit_factor: 1.6, fees: 96.2 },
}

function metricsSchema(type: 'object' | readonly ['object', 'null']) {
  return { type, properties: metricProperties, ...OPEN, examples: [metricsExample] }
}

export const MetricsView = Type.Unsafe<Record<string, number | null>>(metricsSchema('object'))
export const MetricsOrNull = Type.Unsafe<Record<string, number | null> | null>(
  metricsSchema(['object', 'null']),
)

const scenario = {
  type: 'object',
  properties: {
    metrics: metricsSchema('object'),
    trades_hash: text('Of its trades', HASH),
    equity_hash: text('Of its equity', HASH),
  },
  ...OPEN,
}

const resultProperties = {
  engine_version: text('The engine that made it', '1'),
  bars: count('Closes of bars that were simulated', 8_760),
  closed_trades: count('Positions that were closed', 42),
  open_trades: count('Positions that the end left open'),
  orders: count('Lines of the order log', 91),
  refusals: {
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Entries that were not made, by reason',
    examples: [{ cooldown: 3 }],
  },
  ambiguous_bars: count('Bars in which the order of prices mattered', 2),
  resolved_bars: count('How many of them finer candles decided', 2),
  ruined_at: {
    type: ['string', 'null'],
    description: 'When nothing was left; the run ends there',
    examples: [null],
  },
  gaps: {
    type: 'object',
    properties: {
      missing_bars: count('Bars that are missing in the run'),
      trades_across: count('Trades that were open meanwhile'),
    },
    ...OPEN,
  },
  warnings: {
    type: 'array',
    description: 'What a reader has to know',
    items: {
      type: 'object',
      properties: {
        code: {
          type: 'string',
          enum: [
            'range',
            'warm_up',
            'no_trades',
            'refused',
            'liquidations',
            'stop_beyond_liquidation',
            'gaps',
            'no_funding',
          ],
        },
        message: { type: 'string' },
      },
      ...OPEN,
    },
    examples: [[{ code: 'gaps', message: 'Missing bars: 3. Orders waited for the next one.' }]],
  },
  trades_hash: text('SHA-256 of the trades', HASH),
  equity_hash: text('SHA-256 of the equity at each bar', HASH),
  metrics: metricsSchema('object'),
  in_sample: { ...metricsSchema(['object', 'null']), description: 'Before `from_out_of_sample`' },
  out_of_sample: { ...metricsSchema(['object', 'null']), description: 'From there on' },
  scenarios: {
    type: ['object', 'null'],
    description: 'Two complete further runs, where the order of prices inside bars mattered',
    properties: { worst: scenario, best: scenario },
    ...OPEN,
    examples: [null],
  },
}

/** What came out, but the tables. */
export const ResultView = Type.Unsafe<object | null>({
  type: ['object', 'null'],
  description: 'Null until it has succeeded',
  properties: resultProperties,
  ...OPEN,
  examples: [
    {
      ...{ engine_version: '1', bars: 8_760, closed_trades: 42, open_trades: 0, orders: 91, refusals: {} },
      ...{
        ambiguous_bars: 0,
        resolved_bars: 0,
        ruined_at: null,
        gaps: { missing_bars: 0, trades_across: 0 },
      },
      ...{ warnings: [], trades_hash: HASH, equity_hash: HASH, metrics: metricsExample },
      ...{ in_sample: null, out_of_sample: null, scenarios: null },
    },
  ],
})

const JSON_TYPES = { time: 'string', text: 'string', number: 'number', count: 'integer', boolean: 'boolean' }

/** A row of a table with these columns. */
export function rowSchema(columns: TableColumns, example: TableRow) {
  const properties = Object.entries(columns).map(([name, type]) => {
    const kind = type.replace('?', '') as keyof typeof JSON_TYPES
    const json = JSON_TYPES[kind]
    const format = kind === 'time' ? { format: 'date-time' } : {}
    return [name, { type: type.endsWith('?') ? [json, 'null'] : json, ...format }]
  })
  return Type.Unsafe<TableRow>({
    type: 'object',
    properties: Object.fromEntries(properties),
    ...OPEN,
    examples: [example],
  })
}

import { Type } from 'typebox'
import type { Indicator } from '../indicators/indicator.ts'
import { MEASURED_ERRORS } from '../indicators/measured-errors.ts'
import { signatureOf, usualParameters } from '../indicators/usual-call.ts'
import { Nullable } from '../platform/http/route-schema.ts'
import { PAGE, Paged } from './strategies-schemas.ts'

export const INDICATOR_SORTS = ['category', '-category', 'name', '-name']

const Category = Type.String({
  enum: ['average', 'momentum', 'volatility', 'volume', 'trend', 'statistic'],
  description: 'What it tells of a market',
  examples: ['momentum'],
})

export const IndicatorQuery = Type.Object({
  category: Type.Optional(Category),
  search: Type.Optional(
    Type.String({
      format: 'text',
      maxLength: 60,
      description: 'Part of its name or title',
      examples: ['rsi'],
    }),
  ),
  sort: Type.String({
    enum: INDICATOR_SORTS,
    default: 'category',
    description: 'With `-` downwards',
    examples: ['name'],
  }),
  ...PAGE,
})

export const IndicatorPath = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 64,
    format: 'text',
    description: 'As a rule writes it',
    examples: ['macd'],
  }),
})

const Parameter = Type.Object({
  name: Type.String({ examples: ['fast'] }),
  kind: Type.String({ enum: ['integer', 'number'], examples: ['integer'] }),
  min: Type.Number({ examples: [1] }),
  max: Type.Number({ examples: [20_000] }),
  default: Type.Unsafe<number | null>({
    type: ['number', 'null'],
    description: 'Null where it must be given',
    examples: [12],
  }),
})

export const ShownIndicator = Type.Object({
  name: Type.String({ examples: ['macd'] }),
  title: Type.String({ examples: ['Moving average convergence divergence'] }),
  category: Category,
  signature: Type.String({
    description: 'How a rule calls it',
    examples: ['macd(source, fast=12, slow=26, signal=9)'],
  }),
  inputs: Type.Array(Type.String(), {
    description: 'What it reads; each `source` is a series that the rule names first',
    examples: [['source']],
  }),
  parameters: Type.Array(Parameter),
  outputs: Type.Array(Type.String(), {
    description: 'The first is meant where a rule names none',
    examples: [['macd', 'signal', 'histogram']],
  }),
  definition: Type.String({ examples: ['macd = ema(fast) − ema(slow); signal = ema(macd, signal)'] }),
  reference: Type.String({ description: 'What it is checked against', examples: ['TA-Lib MACD'] }),
  warm_up: Type.Object({
    formula: Type.String({
      description: 'Bars before the first values',
      examples: ['slow + signal − 2'],
    }),
    bars: Type.Integer({ description: 'For the defaults; 20 where a parameter has none', examples: [33] }),
    settled: Nullable<number>('integer', {
      description:
        'Bars after these until what lies before the data weighs under a billionth, for the same parameters; null: never',
      examples: [381],
    }),
  }),
  measured_error: Type.Number({
    description: 'Largest distance from the reference, as a share of the scale of the values',
    examples: [6e-13],
  }),
})

export const IndicatorList = Type.Object({ indicators: Type.Array(ShownIndicator), ...Paged })

export function shownIndicator(indicator: Indicator) {
  const parameters = usualParameters(indicator)
  const settled = indicator.settle(parameters)
  const { name, title, category, definition, reference } = indicator
  return {
    ...{ name, title, category, definition, reference },
    signature: signatureOf(indicator),
    inputs: [...indicator.inputs],
    parameters: indicator.parameters.map((parameter) => ({
      ...parameter,
      default: parameter.default ?? null,
    })),
    outputs: [...indicator.outputs],
    warm_up: {
      formula: indicator.warmUpFormula,
      bars: indicator.warmUp(parameters),
      settled: settled === Number.POSITIVE_INFINITY ? null : settled,
    },
    measured_error: MEASURED_ERRORS[name] as number,
  }
}

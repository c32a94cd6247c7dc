import { Type } from 'typebox'
import { TIMEFRAMES } from '../market-data/timeframe.ts'
import type { StrategyRow } from '../platform/database/tables.ts'
import { IdText, ValuesByName } from '../platform/http/request-fields.ts'
import { Nullable } from '../platform/http/route-schema.ts'
import { DIAGNOSTICS } from './language/diagnostic.ts'
import { STRATEGY_SORTS } from './strategies-repository.ts'
import { TEMPLATE_IDS } from './templates.ts'
import type { NewVersion, VersionHead } from './versions-repository.ts'

const ID = '01a20575-fd08-7f42-b0a3-69b4f86e5c8d'
const HASH = '9f86d081884c7d65'.repeat(4)

const EXAMPLE = {
  name: 'SMA 10/30 cross',
  timeframe: '1d',
  series: { fast_ma: 'sma(close, 10)', slow_ma: 'sma(close, 30)' },
  long: { entry: 'crosses_above(fast_ma, slow_ma)', exit: 'crosses_below(fast_ma, slow_ma)' },
  sizing: { type: 'percent_of_equity', value: 95 },
}
const CANONICAL_EXAMPLE = {
  ...{ name: EXAMPLE.name, timeframe: EXAMPLE.timeframe, parameters: {}, series: EXAMPLE.series },
  ...{
    long: { ...EXAMPLE.long, order: { type: 'market' } },
    short: null,
    rank: null,
    sizing: EXAMPLE.sizing,
  },
}

const Timestamp = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-11-22T09:00:00.000Z'] })
const Name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 100, format: 'text', description, examples: ['SMA 10/30 cross'] })
const Description = Type.String({
  maxLength: 2000,
  format: 'paragraphs',
  description: 'For people',
  examples: ['The one of the textbooks'],
})
const Note = Type.String({
  maxLength: 1000,
  format: 'paragraphs',
  description: 'What is new in it',
  examples: ['A slower average'],
})

/** What a client sends: the language tells what is wrong with it, better than a schema could. */
const SentDocument = Type.Unknown({
  description: 'The strategy, as the language reference describes it',
  examples: [EXAMPLE],
})
const ShownDocument = Type.Unsafe<unknown>({
  type: 'object',
  additionalProperties: true,
  description: 'As it was sent',
  examples: [EXAMPLE],
})
const CanonicalDocument = Type.Unsafe<unknown>({
  type: ['object', 'null'],
  additionalProperties: true,
  description:
    'Every key, defaults filled in, expressions in the one way to write them; null where the document has errors',
  examples: [CANONICAL_EXAMPLE],
})

export const PAGE = {
  page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1, examples: [1] }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, examples: [20] }),
}
export const Paged = {
  total: Type.Integer({ description: 'How many there are in all', examples: [1] }),
  page: Type.Integer({ examples: [1] }),
  limit: Type.Integer({ examples: [20] }),
}

export const StrategyPath = Type.Object({ id: IdText('Its id') })
export const VersionPath = Type.Object({
  id: IdText('Id of the strategy'),
  number: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Of the version', examples: [2] }),
})

const Diagnostic = Type.Object({
  code: Type.String({ enum: Object.keys(DIAGNOSTICS), examples: ['unknown_name'] }),
  message: Type.String({
    description: 'One or more sentences for a person',
    examples: ['There is no value, parameter or series "clsoe". Did you mean "close"?'],
  }),
  path: Type.String({ description: 'Keys and positions with dots between', examples: ['long.entry'] }),
  from: Nullable<number>('integer', {
    description: 'Where in the expression, in UTF-16 units; null for the whole value',
    examples: [0],
  }),
  to: Nullable<number>('integer', { description: 'The end, which is not part of it', examples: [5] }),
  severity: Type.String({ enum: ['error', 'warning'], examples: ['error'] }),
  suggestion: Nullable<string>('string', { description: 'What may have been meant', examples: ['close'] }),
})
const Warnings = Type.Array(Diagnostic, {
  description: 'What is legal, but may not be meant',
  examples: [[]],
})

export const Validation = Type.Object({
  is_valid: Type.Boolean({ description: 'Whether nothing of it is an error' }),
  diagnostics: Type.Array(Diagnostic),
  look_back_bars: Nullable<number>('integer', {
    description: 'Bars that are read before the first one, so that values do not depend on the start',
    examples: [29],
  }),
  nodes: Nullable<number>('integer', {
    description: 'Distinct values that are computed for one bar',
    examples: [6],
  }),
  cost_per_bar: Nullable<number>('integer', {
    description:
      'Cost of one bar for the quota: one for each node, and more for slow indicators with long windows',
    examples: [6],
  }),
  canonical: CanonicalDocument,
  hash: Nullable<string>('string', { description: 'SHA-256 of the canonical form', examples: [HASH] }),
})

/** More than any strategy has. */
const MAX_PARAMETERS = 100

export const ValidationForm = Type.Object({
  document: SentDocument,
  parameters: Type.Optional(
    ValuesByName(Type.Unknown(), MAX_PARAMETERS, {
      description: 'Values for its parameters; the defaults for those that are left out',
      examples: [{}],
    }),
  ),
})

const TemplateSchema = Type.Object({
  id: Type.String({ enum: TEMPLATE_IDS, examples: ['sma_cross'] }),
  title: Type.String({ examples: ['SMA 10/30 cross'] }),
  description: Type.String({ examples: ['The example of every textbook.'] }),
  timeframe: Type.String({ enum: TIMEFRAMES, examples: ['1d'] }),
  document: ShownDocument,
})

export const TemplateList = Type.Object({ templates: Type.Array(TemplateSchema), ...Paged })

const STRATEGY = {
  id: Type.String({ format: 'uuid', examples: [ID] }),
  name: Name('Of the strategy'),
  description: Description,
  latest_version: Type.Integer({ description: 'Number of the newest', examples: [1] }),
  is_archived: Type.Boolean(),
  archived_at: Nullable<string>('string', { description: 'Null where it is not', examples: [null] }),
  created_at: Timestamp('When it was made'),
  updated_at: Timestamp('When it last changed'),
}

export const Strategy = Type.Object(STRATEGY)
export const StrategyList = Type.Object({ strategies: Type.Array(Strategy), ...Paged })

const HEAD = {
  number: Type.Integer({ examples: [1] }),
  note: Note,
  hash: Type.String({ description: 'SHA-256 of the canonical form', examples: [HASH] }),
  created_at: Timestamp('When it was added'),
}

export const VersionList = Type.Object({ versions: Type.Array(Type.Object(HEAD)), ...Paged })
export const Version = Type.Object({ ...HEAD, document: ShownDocument, canonical: CanonicalDocument })
export const SavedVersion = Type.Object({ ...HEAD, document: ShownDocument, warnings: Warnings })
export const StrategyDetail = Type.Object({
  ...STRATEGY,
  version: Type.Object({ ...HEAD, document: ShownDocument }, { description: 'The newest' }),
})
export const SavedStrategy = Type.Object({ ...STRATEGY, version: SavedVersion })

export const StrategyForm = Type.Object(
  {
    name: Type.Optional(Name("The document's own where it is left out")),
    description: Type.Optional(Description),
    note: Type.Optional(Note),
    document: Type.Optional(SentDocument),
    template: Type.Optional(
      Type.String({
        enum: TEMPLATE_IDS,
        description: 'In the place of a document: the id of the template to begin with',
        examples: ['sma_cross'],
      }),
    ),
  },
  { examples: [{ template: 'sma_cross', note: 'To begin with' }] },
)

export const StrategyChanges = Type.Object({
  name: Type.Optional(Name('Its new name')),
  description: Type.Optional(Description),
})

export const Removal = Type.Object({
  permanently: Type.Boolean({
    default: false,
    description: 'Delete the strategy with its versions and backtests instead of archiving it',
    examples: [false],
  }),
})

export const VersionForm = Type.Object({ document: SentDocument, note: Type.Optional(Note) })

export const StrategyQuery = Type.Object({
  search: Type.Optional(
    Type.String({ maxLength: 100, format: 'text', description: 'Part of the name', examples: ['cross'] }),
  ),
  archived: Type.String({
    enum: ['no', 'yes', 'all'],
    default: 'no',
    description: 'Whether to list archived ones',
    examples: ['no'],
  }),
  sort: Type.String({
    enum: STRATEGY_SORTS,
    default: '-updated_at',
    description: 'With `-` downwards',
    examples: ['name'],
  }),
  ...PAGE,
})

export const VersionQuery = Type.Object({
  sort: Type.String({ enum: ['number', '-number'], default: '-number', examples: ['-number'] }),
  ...PAGE,
})

export const DiffQuery = Type.Object({
  against: Type.Integer({
    minimum: 1,
    maximum: 2_147_483_647,
    description: 'The version it is compared with',
    examples: [1],
  }),
})

const AnyJson = (description: string, example: unknown) =>
  Type.Unsafe<unknown>({ description, examples: [example] })

export const Diff = Type.Object({
  number: Type.Integer({ examples: [2] }),
  against: Type.Integer({ examples: [1] }),
  is_equal: Type.Boolean({ description: 'Whether they differ in nothing but how they are written' }),
  changes: Type.Array(
    Type.Object({
      path: Type.String({ examples: ['series.slow_ma'] }),
      kind: Type.String({ enum: ['added', 'removed', 'changed'], examples: ['changed'] }),
      before: AnyJson('In the version it is compared with', 'sma(close, 30)'),
      after: AnyJson('In this one', 'sma(close, 50)'),
    }),
    { description: 'Of the canonical forms' },
  ),
})

export const Message = Type.Object({ message: Type.String({ examples: ['The strategy was archived.'] }) })

export function shownStrategy(strategy: StrategyRow) {
  return {
    id: strategy.id,
    name: strategy.name,
    description: strategy.description,
    latest_version: strategy.latest_version,
    is_archived: strategy.archived_at !== null,
    archived_at: strategy.archived_at?.toISOString() ?? null,
    created_at: strategy.created_at.toISOString(),
    updated_at: strategy.updated_at.toISOString(),
  }
}

export function shownHead({ number, note, hash, created_at }: VersionHead) {
  return { number, note, hash: hash.toString('hex'), created_at: created_at.toISOString() }
}

export function shownVersion(version: NewVersion) {
  return { ...shownHead(version), document: version.document }
}

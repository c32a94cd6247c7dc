import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entering, strategy } from '../../../test/strategies/documents.ts'
import { checkStrategy } from './check-strategy.ts'
import { DIAGNOSTICS, type Diagnostic, type DiagnosticCode } from './diagnostic.ts'
import { FOREIGN_FUNCTIONS, FOREIGN_VALUES, isReserved } from './namespace.ts'

type Example = {
  code: DiagnosticCode
  when: string
  document: unknown
  parameters?: Record<string, unknown>
  path: string
  /** The part of the expression at fault; nothing where it is the whole value. */
  part?: string
  message: RegExp
  suggestion?: string
  /** Others that follow from it. */
  beside?: DiagnosticCode[]
}

const fast = { default: 5, min: 1, max: 9, step: 1 }
const risk = (fields: object) => strategy({ risk: fields })
const repeated = (count: number, make: (index: number) => [string, unknown]) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => make(index)))
const sum = (terms: number) => Array.from({ length: terms }, () => 'close').join(' + ')

const bracketed = (depth: number) => `${'('.repeat(depth)}close${')'.repeat(depth)}`

const EXAMPLES: Example[] = [
  {
    code: 'document_too_large',
    when: 'the document has more than 64 KiB',
    document: strategy({ name: 'x'.repeat(65_536) }),
    path: '',
    message: /more than 65536 bytes/,
  },
  {
    code: 'wrong_type',
    when: 'the document is a list',
    document: [],
    path: '',
    message: /^Expected an object here, not a list\.$/,
  },
  {
    code: 'wrong_type',
    when: 'a rule is a number',
    document: strategy({ long: { entry: 1 } }),
    path: 'long.entry',
    message: /expression as text here, not a number/,
  },
  {
    code: 'wrong_type',
    when: 'the name is no text',
    document: strategy({ name: null }),
    path: 'name',
    message: /a text here, not null/,
  },
  {
    code: 'wrong_type',
    when: 'series are a list',
    document: strategy({ series: [] }),
    path: 'series',
    message: /names and expressions/,
  },
  {
    code: 'wrong_type',
    when: 'parameters are a text',
    document: strategy({ parameters: 'x' }),
    path: 'parameters',
    message: /names and ranges here, not a string/,
  },
  {
    code: 'wrong_type',
    when: 'a parameter is a number',
    document: strategy({ parameters: { a: 1 } }),
    path: 'parameters.a',
    message: /an object here, not a number/,
  },
  {
    code: 'wrong_type',
    when: 'a bound of a parameter is a text',
    document: strategy({ parameters: { fast: { ...fast, max: '9' } } }),
    path: 'parameters.fast.max',
    message: /a number here/,
  },
  {
    code: 'wrong_type',
    when: 'a setting is true',
    document: strategy({ sizing: { type: 'fixed_quote', value: true } }),
    path: 'sizing.value',
    message: /or an expression over parameters/,
  },
  {
    code: 'wrong_type',
    when: 'targets are no list',
    document: risk({ take_profit: { type: 'percent', value: 1 } }),
    path: 'risk.take_profit',
    message: /list of targets/,
  },
  {
    code: 'wrong_type',
    when: 'a choice is a number',
    document: strategy({ timeframe: 60 }),
    path: 'timeframe',
    message: /one of "1s"/,
  },
  {
    code: 'missing_key',
    when: 'there is no timeframe',
    document: strategy({ timeframe: undefined }),
    path: 'timeframe',
    message: /./,
    beside: [],
  },
  {
    code: 'missing_key',
    when: 'there is no sizing',
    document: { name: 'x', timeframe: '1h', long: { entry: 'true' } },
    path: 'sizing',
    message: /The key "sizing" is missing/,
  },
  {
    code: 'missing_key',
    when: 'a side has no entry',
    document: strategy({ short: {} }),
    path: 'short.entry',
    message: /"entry" is missing/,
  },
  {
    code: 'missing_key',
    when: 'a limit order has no price',
    document: strategy({ long: { entry: 'close > open', order: { type: 'limit' } } }),
    path: 'long.order.price',
    message: /"price" is missing/,
  },
  {
    code: 'missing_key',
    when: 'a level has no multiple',
    document: risk({ stop_loss: { type: 'atr', period: 14 } }),
    path: 'risk.stop_loss.multiple',
    message: /"multiple" is missing/,
  },
  {
    code: 'missing_key',
    when: 'break even has no threshold',
    document: risk({ break_even: {} }),
    path: 'risk.break_even.at_percent',
    message: /missing/,
  },
  {
    code: 'missing_key',
    when: 'there is nothing at all',
    document: {},
    path: 'name',
    message: /"name" is missing/,
    beside: ['no_side'],
  },
  {
    code: 'unknown_key',
    when: 'a key is misspelt',
    document: risk({ stop_los: null }),
    path: 'risk.stop_los',
    message: /^There is no key "stop_los"\. Did you mean "stop_loss"\?$/,
    suggestion: 'stop_loss',
  },
  {
    code: 'unknown_key',
    when: 'a key is like no other',
    document: strategy({ leverage: 3 }),
    path: 'leverage',
    message: /Possible here: name, timeframe/,
  },
  {
    code: 'unknown_key',
    when: 'a level has a key of another type of level',
    document: risk({ stop_loss: { type: 'percent', value: 2, period: 14 } }),
    path: 'risk.stop_loss.period',
    message: /no key "period"/,
  },
  {
    code: 'unknown_key',
    when: 'a market order has a price',
    document: strategy({ long: { entry: 'close > open', order: { type: 'market', price: 'close' } } }),
    path: 'long.order.price',
    message: /no key "price"/,
  },
  {
    code: 'unknown_key',
    when: 'a boolean parameter has a range',
    document: entering('use', { parameters: { use: { default: true, min: 0 } } }),
    path: 'parameters.use.min',
    message: /no key "min"/,
  },
  {
    code: 'unknown_choice',
    when: 'a timeframe does not exist',
    document: strategy({ timeframe: '1H' }),
    path: 'timeframe',
    message: /"1H" is not possible here/,
    suggestion: '1h',
  },
  {
    code: 'unknown_choice',
    when: 'a sizing is misspelt',
    document: strategy({ sizing: { type: 'percent_equity', value: 1 } }),
    path: 'sizing.type',
    message: /Did you mean "percent_of_equity"/,
    suggestion: 'percent_of_equity',
  },
  {
    code: 'unknown_choice',
    when: 'a trailing stop is a price',
    document: risk({ trailing_stop: { type: 'price', price: 'close' } }),
    path: 'risk.trailing_stop.type',
    message: /Possible are "percent", "atr"/,
  },
  {
    code: 'unknown_choice',
    when: 'an order is of no type',
    document: strategy({ long: { entry: 'close > open', order: { type: 'iceberg', price: 'close' } } }),
    path: 'long.order.type',
    message: /"market", "limit", "stop"/,
  },
  {
    code: 'wrong_text',
    when: 'the name is blank',
    document: strategy({ name: '  ' }),
    path: 'name',
    message: /1 to 100 characters/,
  },
  {
    code: 'wrong_text',
    when: 'the name has a NUL',
    document: strategy({ name: 'a\u0000b' }),
    path: 'name',
    message: /control characters/,
  },
  {
    code: 'wrong_name',
    when: 'a series begins with a capital',
    document: strategy({ series: { Trend: 'close' } }),
    path: 'series.Trend',
    message: /"Trend" is no name/,
  },
  {
    code: 'wrong_name',
    when: 'a parameter has 65 letters',
    document: strategy({ parameters: { ['a'.repeat(65)]: fast } }),
    path: `parameters.${'a'.repeat(64)}`,
    message: /is no name/,
  },
  {
    code: 'name_taken',
    when: 'a series is called as an indicator',
    document: strategy({ series: { ema: 'close' } }),
    path: 'series.ema',
    message: /already an indicator/,
  },
  {
    code: 'name_taken',
    when: 'a series is called as a function',
    document: strategy({ series: { highest: 'close' } }),
    path: 'series.highest',
    message: /already a function/,
  },
  {
    code: 'name_taken',
    when: 'a parameter is called as a column',
    document: strategy({ parameters: { close: fast } }),
    path: 'parameters.close',
    message: /already a value of every bar/,
  },
  {
    code: 'name_taken',
    when: 'a series is called as a value of the position',
    document: strategy({ series: { entry_price: 'close' } }),
    path: 'series.entry_price',
    message: /already a value of the position/,
  },
  {
    code: 'name_taken',
    when: 'a series is called as a word',
    document: strategy({ series: { not: 'close' } }),
    path: 'series.not',
    message: /already a word of the language/,
  },
  {
    code: 'name_taken',
    when: 'a series is called as a parameter',
    document: entering('close > fast', { parameters: { fast }, series: { fast: 'close' } }),
    path: 'series.fast',
    message: /already a parameter/,
  },
  {
    code: 'too_many',
    when: 'there are 33 parameters',
    document: strategy({ parameters: repeated(33, (i) => [`p${i}`, fast]) }),
    path: 'parameters',
    message: /33 parameters; at most 32/,
  },
  {
    code: 'too_many',
    when: 'there are 129 series',
    document: strategy({ series: repeated(129, (i) => [`s${i}`, 'close']) }),
    path: 'series',
    message: /129 series; at most 128/,
  },
  {
    code: 'too_many',
    when: 'there are nine targets',
    document: risk({
      take_profit: Array.from({ length: 9 }, (_, i) => ({
        type: 'percent',
        value: i + 1,
        quantity_percent: 10,
      })),
    }),
    path: 'risk.take_profit',
    message: /9 targets; at most 8/,
  },
  {
    code: 'too_many',
    when: 'there are five larger timeframes',
    document: entering('close@2h + close@4h + close@6h + close@12h + close@1d > 1'),
    path: 'timeframe',
    message: /5 timeframes behind "@": 2h, 4h/,
  },
  {
    code: 'wrong_range',
    when: 'the default is outside',
    document: entering('close > fast', { parameters: { fast: { ...fast, default: 10 } } }),
    path: 'parameters.fast',
    message: /"default" \(10\) is not between/,
  },
  {
    code: 'wrong_range',
    when: 'the default is below',
    document: entering('close > fast', { parameters: { fast: { ...fast, default: 0 } } }),
    path: 'parameters.fast',
    message: /"default" \(0\) is not between/,
  },
  {
    code: 'wrong_range',
    when: 'min is above max',
    document: entering('close > fast', { parameters: { fast: { ...fast, min: 10 } } }),
    path: 'parameters.fast',
    message: /"min" \(10\) is above "max" \(9\)/,
  },
  {
    code: 'wrong_range',
    when: 'the step is zero',
    document: entering('close > fast', { parameters: { fast: { ...fast, step: 0 } } }),
    path: 'parameters.fast',
    message: /"step" must be above 0/,
  },
  {
    code: 'no_side',
    when: 'both sides are null',
    document: strategy({ long: null }),
    path: 'long',
    message: /nothing would ever be traded/,
  },
  {
    code: 'stop_needed',
    when: 'what is at risk is not known',
    document: strategy({ sizing: { type: 'percent_at_risk', value: 1 } }),
    path: 'sizing.type',
    message: /only with a stop loss/,
  },
  {
    code: 'too_much_taken',
    when: 'targets close 120 %',
    document: risk({
      take_profit: [
        { type: 'percent', value: 1, quantity_percent: 60 },
        { type: 'percent', value: 2, quantity_percent: 60 },
      ],
    }),
    path: 'risk.take_profit',
    message: /close 120 % of the position/,
  },
  {
    code: 'targets_not_in_order',
    when: 'the nearer target comes second',
    document: risk({
      take_profit: [
        { type: 'percent', value: 2, quantity_percent: 50 },
        { type: 'percent', value: 1, quantity_percent: 50 },
      ],
    }),
    path: 'risk.take_profit.1',
    message: /\(1 %\) is not farther away than the one before it \(2 %\)/,
  },
  {
    code: 'targets_not_in_order',
    when: 'two targets are the same',
    document: risk({
      take_profit: [
        { type: 'percent', value: 2, quantity_percent: 50 },
        { type: 'percent', value: 2, quantity_percent: 50 },
      ],
    }),
    path: 'risk.take_profit.1',
    message: /not farther away/,
  },
  {
    code: 'expression_too_long',
    when: 'an expression has 4,097 characters',
    document: entering(`close > 1${' '.repeat(4_088)}`),
    path: 'long.entry',
    part: ' ',
    message: /has 4097 characters; at most 4096/,
  },
  {
    code: 'too_deep',
    when: 'brackets are 65 deep',
    document: entering(`${'('.repeat(65)}close${')'.repeat(65)} > 1`),
    path: 'long.entry',
    part: 'close',
    message: /more than 64 deep/,
  },
  {
    code: 'too_many_nodes',
    when: 'two expressions have 2,002 parts',
    document: strategy({ long: { entry: `${sum(500)} > 1`, exit: `${sum(500)} > 1` } }),
    path: 'long.exit',
    part: '1',
    message: /more than 2000 values/,
  },
  {
    code: 'too_deep',
    when: 'series and their operations nest 401 deep',
    document: entering('a0 > 1', {
      series: repeated(7, (index) => [
        `a${index}`,
        index < 6 ? `${'-'.repeat(55)}a${index + 1}` : `${'-'.repeat(63)}close`,
      ]),
    }),
    path: 'series.a6',
    part: 'close',
    message: /more than 400 deep here\. Let fewer series build on each other/,
  },
  {
    code: 'too_many_tokens',
    when: 'nine series have 10,071 words and symbols',
    document: strategy({
      series: repeated(9, (index) => [
        `a${index}`,
        Array.from({ length: 10 }, () => bracketed(55)).join('+'),
      ]),
      long: { entry: 'close > open', exit: 'close < open' },
    }),
    path: 'series.a8',
    part: '(',
    message: /more than 10000 words, numbers and symbols\. Leave out brackets/,
  },
  {
    code: 'too_many_operations',
    when: 'long series are read on five timeframes',
    document: entering('a > a@2h + a@4h + a@6h + a@12h', { series: { a: sum(450) } }),
    path: 'series.a',
    message: /more than 4000 operations.+Use fewer timeframes/,
  },
  {
    code: 'unexpected_character',
    when: 'an operator is written as elsewhere',
    document: entering('close > 1 && open > 1'),
    path: 'long.entry',
    part: '&&',
    message: /Write "and" for "&&"/,
    suggestion: 'and',
  },
  {
    code: 'unexpected_character',
    when: 'equality has one sign',
    document: entering('close = 1'),
    path: 'long.entry',
    part: '=',
    message: /Write "==" for "="/,
    suggestion: '==',
  },
  {
    code: 'unexpected_character',
    when: 'a character means nothing',
    document: entering('close > 1 😀'),
    path: 'long.entry',
    part: '😀',
    message: /"😀" is no part/,
  },
  {
    code: 'syntax',
    when: 'a rule is empty',
    document: entering('  '),
    path: 'long.entry',
    part: '',
    message: /is empty/,
  },
  {
    code: 'syntax',
    when: 'an operand is missing',
    document: entering('close >'),
    path: 'long.entry',
    part: '',
    message: /Expected a value, but found the end/,
  },
  {
    code: 'syntax',
    when: 'a bracket is not closed',
    document: entering('ema(close, 3 > 1'),
    path: 'long.entry',
    part: '',
    message: /Expected "\)" after the arguments of ema, but found the end/,
  },
  {
    code: 'syntax',
    when: 'an index is not closed',
    document: entering('close[1 > 1'),
    path: 'long.entry',
    part: '',
    message: /Expected "\]"/,
  },
  {
    code: 'syntax',
    when: 'there is too much',
    document: entering('close > 1 open'),
    path: 'long.entry',
    part: 'open',
    message: /Expected an operator or the end, but found "open"/,
  },
  {
    code: 'syntax',
    when: 'a timeframe follows nothing',
    document: entering('@4h > 1'),
    path: 'long.entry',
    part: '@4h',
    message: /found "@4h"/,
  },
  {
    code: 'syntax',
    when: 'a word has capitals',
    document: entering('close > 1 AND open > 1'),
    path: 'long.entry',
    part: 'AND',
    message: /Write "and" in lower case/,
    suggestion: 'and',
  },
  {
    code: 'syntax',
    when: 'an output has no name',
    document: entering('macd(close).1 > 0'),
    path: 'long.entry',
    part: '1',
    message: /name of an output/,
  },
  {
    code: 'syntax',
    when: 'a setting cannot be read',
    document: risk({ max_bars: '(' }),
    path: 'risk.max_bars',
    part: '',
    message: /Expected a value/,
  },
  {
    code: 'number_too_large',
    when: 'a number is infinite',
    document: entering('close > 1e999'),
    path: 'long.entry',
    part: '1e999',
    message: /The number 1e999 is too large/,
  },
  {
    code: 'chained_comparison',
    when: 'comparisons follow each other',
    document: entering('1 < close + 2 < 5'),
    path: 'long.entry',
    part: '<',
    message: /write "… and close \+ 2 < …"/,
    suggestion: 'and close + 2 <',
  },
  {
    code: 'unknown_name',
    when: 'a column is misspelt',
    document: entering('clsoe > 1'),
    path: 'long.entry',
    part: 'clsoe',
    message: /Did you mean "close"\?/,
    suggestion: 'close',
  },
  {
    code: 'unknown_name',
    when: 'a name is like no other',
    document: entering('close > bananas'),
    path: 'long.entry',
    part: 'bananas',
    message: /series "bananas"\.$/,
  },
  {
    code: 'unknown_function',
    when: 'an indicator is misspelt',
    document: entering('emaa(close, 3) > 1'),
    path: 'long.entry',
    part: 'emaa',
    message: /Did you mean "ema"\?/,
    suggestion: 'ema',
  },
  {
    code: 'function_not_called',
    when: 'an indicator has no brackets',
    document: entering('close > rsi'),
    path: 'long.entry',
    part: 'rsi',
    message: /rsi\(…\)/,
  },
  {
    code: 'function_not_called',
    when: 'a function has no brackets',
    document: entering('close > highest'),
    path: 'long.entry',
    part: 'highest',
    message: /highest\(…\)/,
  },
  {
    code: 'not_a_function',
    when: 'a column is called',
    document: entering('close(1) > 1'),
    path: 'long.entry',
    part: 'close',
    message: /without brackets/,
    suggestion: 'close',
  },
  {
    code: 'not_a_function',
    when: 'a series is called',
    document: entering('trend(1) > 1', { series: { trend: 'close' } }),
    path: 'long.entry',
    part: 'trend',
    message: /without brackets/,
    suggestion: 'trend',
  },
  {
    code: 'not_a_function',
    when: 'a parameter is called',
    document: entering('fast(1) > 1', { parameters: { fast } }),
    path: 'long.entry',
    part: 'fast',
    message: /without brackets/,
    suggestion: 'fast',
  },
  {
    code: 'unknown_output',
    when: 'an output is misspelt',
    document: entering('macd(close).histogramm > 0'),
    path: 'long.entry',
    part: 'histogramm',
    message: /Did you mean "histogram"/,
    suggestion: 'histogram',
  },
  {
    code: 'unknown_output',
    when: 'an indicator does not have it',
    document: entering('rsi(close, 14).upper > 0'),
    path: 'long.entry',
    part: 'upper',
    message: /"rsi" has no output "upper"\. It has /,
  },
  {
    code: 'unknown_output',
    when: 'a function has none',
    document: entering('abs(close).upper > 0'),
    path: 'long.entry',
    part: 'upper',
    message: /It has one value only/,
  },
  {
    code: 'unknown_output',
    when: 'it is asked of a column',
    document: entering('close.upper > 0'),
    path: 'long.entry',
    part: 'upper',
    message: /Only an indicator that is called/,
  },
  {
    code: 'wrong_arguments',
    when: 'an argument is missing',
    document: entering('highest(close) > 1'),
    path: 'long.entry',
    part: 'highest(close)',
    message: /Something is missing between the brackets: it is highest\(x, bars\)/,
  },
  {
    code: 'wrong_arguments',
    when: 'there is one too many',
    document: entering('abs(close, 1) > 1'),
    path: 'long.entry',
    part: 'abs(close, 1)',
    message: /too much .* abs\(x\)/,
  },
  {
    code: 'wrong_arguments',
    when: 'there are defaults',
    document: entering('bars_since() > 1'),
    path: 'long.entry',
    part: 'bars_since()',
    message: /bars_since\(condition, within = 1000\)/,
  },
  {
    code: 'wrong_arguments',
    when: 'any number is possible',
    document: entering('min(close) > 1'),
    path: 'long.entry',
    part: 'min(close)',
    message: /min\(a, b, …\)/,
  },
  {
    code: 'wrong_arguments',
    when: 'an indicator has one too many',
    document: entering('macd(close, 1, 2, 3, 4) > 1'),
    path: 'long.entry',
    part: 'macd(close, 1, 2, 3, 4)',
    message: /macd\(source, fast = 12/,
  },
  {
    code: 'wrong_arguments',
    when: 'an indicator has two sources',
    document: entering('correl(close) > 1'),
    path: 'long.entry',
    part: 'correl(close)',
    message: /correl\(source_1, source_2, length = 30\)/,
  },
  {
    code: 'unsettled',
    when: 'an indicator remembers all of its past',
    document: entering('obv() > 1 and close > supertrend(10, 3)'),
    path: 'timeframe',
    message: /^"obv" and "supertrend" remember all of their past/,
  },
  {
    code: 'wrong_arguments',
    when: 'if has no second arm',
    document: entering('if(close > 1, close) > 1'),
    path: 'long.entry',
    part: 'if(close > 1, close)',
    message: /if\(condition, a, b\)/,
  },
  {
    code: 'type_mismatch',
    when: 'a rule is a number',
    document: entering('close'),
    path: 'long.entry',
    part: 'close',
    message: /Expected a condition here, not a number/,
  },
  {
    code: 'type_mismatch',
    when: 'a condition is added',
    document: entering('(close > 1) + 1 > 1'),
    path: 'long.entry',
    part: 'close > 1',
    message: /Expected a number here, not a condition/,
  },
  {
    code: 'type_mismatch',
    when: 'the arms of if differ',
    document: entering('if(close > 1, 1, true) > 0'),
    path: 'long.entry',
    part: 'true',
    message: /Expected a number/,
  },
  {
    code: 'type_mismatch',
    when: 'an indicator gets a condition',
    document: entering('sma(close > 1, 3) > 0'),
    path: 'long.entry',
    part: 'close > 1',
    message: /Expected a number/,
  },
  {
    code: 'type_mismatch',
    when: 'a setting is a condition',
    document: strategy({ sizing: { type: 'fixed_quote', value: '1 > 2' } }),
    path: 'sizing.value',
    part: '1 > 2',
    message: /Expected a number/,
  },
  {
    code: 'not_constant',
    when: 'a window moves',
    document: entering('highest(close, volume) > 1'),
    path: 'long.entry',
    part: 'volume',
    message: /The number of bars must be known before/,
  },
  {
    code: 'not_constant',
    when: 'an offset moves',
    document: entering('close[hour] > 1'),
    path: 'long.entry',
    part: 'hour',
    message: /The number of bars must be known/,
  },
  {
    code: 'not_constant',
    when: 'the parameter of an indicator moves',
    document: entering('ema(close, volume) > 1'),
    path: 'long.entry',
    part: 'volume',
    message: /of ema must be known/,
  },
  {
    code: 'not_constant',
    when: 'a setting reads the market',
    document: strategy({ sizing: { type: 'fixed_quote', value: 'close * 2' } }),
    path: 'sizing.value',
    part: 'close * 2',
    message: /A setting must be known/,
  },
  {
    code: 'not_constant',
    when: 'a window is an indicator',
    document: entering('highest(close, sma(3, 2)) > 1'),
    path: 'long.entry',
    part: 'sma(3, 2)',
    message: /must be known/,
  },
  {
    code: 'out_of_range',
    when: 'a window is zero',
    document: entering('highest(close, 0) > 1'),
    path: 'long.entry',
    part: '0',
    message: /The number of bars must be an integer from 1 to 100000, but is 0\.$/,
  },
  {
    code: 'out_of_range',
    when: 'an offset looks ahead',
    document: entering('close[-1] > 1'),
    path: 'long.entry',
    part: '-1',
    message: /from 0 to 100000, but is -1/,
  },
  {
    code: 'out_of_range',
    when: 'a window is half a bar',
    document: entering('ema(close, 2.5) > 1'),
    path: 'long.entry',
    part: '2.5',
    message: /of ema must be an integer .* but is 2\.5/,
  },
  {
    code: 'out_of_range',
    when: 'a window is no number',
    document: entering('close[1 / 0] > 1'),
    path: 'long.entry',
    part: '1 / 0',
    message: /but is no number/,
    beside: ['never_a_number'],
  },
  {
    code: 'out_of_range',
    when: 'a window is too small with all parameters at their min',
    document: entering('highest(close, fast - 1) > 1', { parameters: { fast } }),
    path: 'long.entry',
    part: 'fast - 1',
    message: /but is 0 with all parameters at their min/,
  },
  {
    code: 'out_of_range',
    when: 'a share is too large with all parameters at their max',
    document: strategy({ parameters: { fast }, sizing: { type: 'percent_of_equity', value: 'fast * 20' } }),
    path: 'sizing.value',
    part: 'fast * 20',
    message: /above 0 and at most 100, but is 180 with all parameters at their max/,
  },
  {
    code: 'out_of_range',
    when: 'a share is zero',
    document: strategy({ sizing: { type: 'percent_of_equity', value: 0 } }),
    path: 'sizing.value',
    message: /above 0 and at most 100, but is 0/,
  },
  {
    code: 'out_of_range',
    when: 'a share is below zero',
    document: strategy({ sizing: { type: 'percent_of_equity', value: -5 } }),
    path: 'sizing.value',
    message: /but is -5/,
  },
  {
    code: 'out_of_range',
    when: 'bars are half',
    document: risk({ max_bars: 1.5 }),
    path: 'risk.max_bars',
    message: /an integer from 1/,
  },
  {
    code: 'out_of_range',
    when: 'the period of a level is too small',
    document: risk({ stop_loss: { type: 'atr', period: 0, multiple: 1 } }),
    path: 'risk.stop_loss.period',
    message: /of atr must be an integer/,
  },
  {
    code: 'parameters_disagree',
    when: 'the fast average is the slower one',
    document: entering('macd(close, 26, 12, 9) > 0'),
    path: 'long.entry',
    part: '26, 12, 9',
    message: /^macd: .*fast.*slow/,
  },
  {
    code: 'position_value_misplaced',
    when: 'an entry reads the position',
    document: entering('close > entry_price'),
    path: 'long.entry',
    part: 'entry_price',
    message: /in exit rules only/,
  },
  {
    code: 'position_value_misplaced',
    when: 'a series reads the position',
    document: strategy({ series: { gain: 'position_return' } }),
    path: 'series.gain',
    part: 'position_return',
    message: /in exit rules only/,
  },
  {
    code: 'position_value_history',
    when: 'an offset goes over the position',
    document: strategy({ long: { entry: 'close > 1', exit: 'position_return[1] > 0' } }),
    path: 'long.exit',
    part: 'position_return',
    message: /present bar of the strategy only/,
  },
  {
    code: 'position_value_history',
    when: 'a cross goes over the position',
    document: strategy({ long: { entry: 'close > 1', exit: 'crosses_above(close, entry_price)' } }),
    path: 'long.exit',
    part: 'entry_price',
    message: /present bar/,
  },
  {
    code: 'position_value_history',
    when: 'an indicator goes over the position',
    document: strategy({ long: { entry: 'close > 1', exit: 'sma(position_return, 3) > 0' } }),
    path: 'long.exit',
    part: 'position_return',
    message: /present bar/,
  },
  {
    code: 'position_value_history',
    when: 'a timeframe goes over the position',
    document: strategy({ long: { entry: 'close > 1', exit: 'position_return@4h > 0' } }),
    path: 'long.exit',
    part: 'position_return',
    message: /present bar/,
  },
  {
    code: 'series_cycle',
    when: 'a series needs itself',
    document: strategy({ series: { a: 'a + 1' } }),
    path: 'series.a',
    part: 'a',
    message: /need each other: a → a\.$/,
  },
  {
    code: 'series_cycle',
    when: 'series need each other',
    document: strategy({ series: { a: 'b + 1', b: 'c', c: 'a' } }),
    path: 'series.c',
    part: 'a',
    message: /a → b → c → a/,
  },
  {
    code: 'unknown_timeframe',
    when: 'a timeframe is misspelt',
    document: entering('close@4hh > 1'),
    path: 'long.entry',
    part: '@4hh',
    message: /Did you mean "4h"/,
    suggestion: '4h',
  },
  {
    code: 'unknown_timeframe',
    when: 'a timeframe is missing',
    document: entering('close@ > 1'),
    path: 'long.entry',
    part: '@',
    message: /no timeframe ""/,
  },
  {
    code: 'nested_timeframe',
    when: 'one stands before another',
    document: entering('(close@4h)@1d > 1'),
    path: 'long.entry',
    part: 'close@4h',
    message: /inside of what stands before another/,
  },
  {
    code: 'nested_timeframe',
    when: 'a series before one has one',
    document: entering('trend@1d > 1', { series: { trend: 'close@4h' } }),
    path: 'long.entry',
    part: 'trend@1d',
    message: /inside/,
  },
  {
    code: 'timeframe_not_larger',
    when: 'it is smaller',
    document: entering('close@15m > 1'),
    path: 'long.entry',
    part: '@15m',
    message: /timeframe 15m is not made of several whole bars of 1h/,
  },
  {
    code: 'timeframe_not_larger',
    when: 'it is the same',
    document: entering('close@1h > 1'),
    path: 'long.entry',
    part: '@1h',
    message: /1h is not made/,
  },
  {
    code: 'look_back_too_long',
    when: 'windows add up',
    document: entering('close[60000][60000] > 1'),
    path: 'long.entry',
    message: /needs 120000 bars of 1h before its first value; at most 100000/,
  },
  {
    code: 'unknown_parameter',
    when: 'a value is given for none',
    document: entering('close > fast', { parameters: { fast } }),
    parameters: { fats: 3 },
    path: 'parameters.fats',
    message: /Did you mean "fast"/,
    suggestion: 'fast',
  },
  {
    code: 'wrong_parameter',
    when: 'a value is outside',
    document: entering('close > fast', { parameters: { fast } }),
    parameters: { fast: 10 },
    path: 'parameters.fast',
    message: /must be from 1 to 9, and 10 is not/,
  },
  {
    code: 'wrong_parameter',
    when: 'a value is no integer',
    document: entering('close > fast', { parameters: { fast } }),
    parameters: { fast: 1.5 },
    path: 'parameters.fast',
    message: /must be an integer, and 1\.5 is not/,
  },
  {
    code: 'wrong_parameter',
    when: 'a value is a text',
    document: entering('close > fast', { parameters: { fast } }),
    parameters: { fast: '3' },
    path: 'parameters.fast',
    message: /must be a number/,
  },
  {
    code: 'wrong_parameter',
    when: 'a value is no truth',
    document: entering('use and close > 1', { parameters: { use: { default: true } } }),
    parameters: { use: 1 },
    path: 'parameters.use',
    message: /must be true or false/,
  },
  {
    code: 'parameters_can_disagree',
    when: 'ranges overlap',
    document: entering('macd(close, fast, slow, 2) > 0', {
      parameters: { fast, slow: { default: 8, min: 1, max: 20, step: 1 } },
    }),
    path: 'long.entry',
    part: 'fast, slow, 2',
    message: /with all parameters at their min/,
  },
  {
    code: 'held_in_window',
    when: 'an average counts held bars',
    document: entering('ema(close@4h, 50) > 1'),
    path: 'long.entry',
    part: 'close@4h',
    message: /held from a larger timeframe/,
  },
  {
    code: 'held_in_window',
    when: 'an offset counts held bars',
    document: entering('close@4h[1] > 1'),
    path: 'long.entry',
    part: 'close@4h',
    message: /put the whole before the "@"/,
  },
  {
    code: 'held_in_window',
    when: 'a window counts held bars',
    document: entering('highest(trend, 5) > 1', { series: { trend: 'close@4h' } }),
    path: 'long.entry',
    part: 'trend',
    message: /held/,
  },
  {
    code: 'held_cross',
    when: 'a cross is held',
    document: entering('crosses_above(close, open)@4h'),
    path: 'long.entry',
    part: 'crosses_above(close, open)@4h',
    message: /stays true at every 1h bar until the next bar of 4h/,
  },
  {
    code: 'unsettled',
    when: 'an average settles slowly',
    document: entering('ema(close, 10000) > 1'),
    path: 'timeframe',
    message: /settle only after \d+ bars of 1h; at most 100000 bars are read/,
  },
  {
    code: 'never_exits',
    when: 'nothing closes a position',
    document: strategy({ long: { entry: 'close > open' } }),
    path: 'long',
    message: /No exit rule, stop, target or limit/,
  },
  {
    code: 'always_the_same',
    when: 'a rule is false',
    document: strategy({ long: { entry: 'close > open', exit: '1 > 2' } }),
    path: 'long.exit',
    message: /never true/,
  },
  {
    code: 'always_the_same',
    when: 'a rule is true',
    document: entering('true'),
    path: 'long.entry',
    message: /always true/,
  },
  {
    code: 'never_a_number',
    when: 'a constant divides by zero',
    document: entering('close > 1 + 2 / 0'),
    path: 'long.entry',
    part: '2 / 0',
    message: /never a number/,
  },
  {
    code: 'never_a_number',
    when: 'something that moves is divided by zero',
    document: entering('close > 1 and volume / (2 - 2) + 1 > 0'),
    path: 'long.entry',
    part: 'volume / (2 - 2)',
    message: /never a number/,
  },
  {
    code: 'unused_parameter',
    when: 'nothing reads it',
    document: strategy({ parameters: { fast } }),
    path: 'parameters.fast',
    message: /Nothing reads the parameter "fast"/,
  },
  {
    code: 'unused_series',
    when: 'only an unused one reads it',
    document: strategy({ series: { a: 'close', b: 'a' } }),
    path: 'series.a',
    message: /No rule reads the series "a"/,
    beside: ['unused_series'],
  },
]

function textAt(document: unknown, path: string): string {
  const value = path.split('.').reduce<unknown>((inner, key) => Object(inner)[key], document)
  return String(value)
}

function partOf(document: unknown, { path, from, to }: Diagnostic): string | undefined {
  return from === null || to === null ? undefined : textAt(document, path).slice(from, to)
}

describe('what is said of a document', () => {
  for (const { code, when, document, parameters = {}, path, part, message, suggestion, beside } of EXAMPLES) {
    it(`is ${code} where ${when}`, () => {
      const { diagnostics, plan } = checkStrategy(document, parameters)
      const found = diagnostics.find((one) => one.code === code && one.path === path)
      assert.ok(found !== undefined, JSON.stringify(diagnostics))
      assert.equal(partOf(document, found), part)
      assert.match(found.message, message)
      assert.match(found.message, /^["A-Z].*[.?]$|^macd/)
      assert.equal(found.suggestion, suggestion ?? null)
      assert.equal(found.severity, DIAGNOSTICS[code].severity)
      assert.equal(
        plan === null,
        diagnostics.some(({ severity }) => severity === 'error'),
      )
      if (beside === undefined) assert.deepEqual([...new Set(diagnostics.map((one) => one.code))], [code])
    })
  }

  const fine = [
    'crosses_above(close@4h, open@4h)',
    'if(crosses_above(close, open), 1, 0)@4h > 0',
    'count(crosses_above(close, open), 5)@4h > 0',
    'highest(close - close@4h, 5) > 1',
    'ema(close, 3)@4h > 1 and (close > open)@1d',
    'close[24] > close and not (close > open)[1]',
    'macd(close).histogram[1] > 0',
    '-close < -1e-5',
  ]
  for (const entry of fine) {
    it(`is nothing where the entry is ${entry}`, () => {
      assert.deepEqual(checkStrategy(entering(entry)).diagnostics, [])
    })
  }

  it('is nothing where targets follow each other, whatever their kinds', () => {
    const near = { type: 'percent', value: 1, quantity_percent: 30 }
    const far = { type: 'percent', value: 1.5, quantity_percent: 30 }
    const other = { type: 'atr', period: 14, multiple: 0.1, quantity_percent: 40 }
    for (const take_profit of [[near, far, other], [near, other, far], [other, near, far], [near]]) {
      assert.deepEqual(checkStrategy(risk({ take_profit })).diagnostics, [])
    }
  })

  it('knows what others call what is here', () => {
    for (const [entry, meant] of [
      ['crossover(close, open)', 'crosses_above'],
      ['LOG(close) > 1', 'ln'],
      ['bbands(close, 20, 2) > 1', 'bollinger'],
      ['price > 1', 'close'],
      ['C > 1', 'close'],
      ['weekday == 1', 'day_of_week'],
    ] as const) {
      const [first] = checkStrategy(entering(entry)).diagnostics
      assert.equal(first?.suggestion, meant, entry)
      assert.match(first.message, new RegExp(`Did you mean "${meant}"\\?`))
    }
    for (const [name, meant] of [...FOREIGN_FUNCTIONS, ...FOREIGN_VALUES]) {
      assert.equal(isReserved(name), undefined, name)
      assert.notEqual(isReserved(meant), undefined, meant)
    }
  })

  it('has an example here for each code', () => {
    const shown = new Set(EXAMPLES.map(({ code }) => code))
    assert.deepEqual(
      Object.keys(DIAGNOSTICS).filter((code) => !shown.has(code as DiagnosticCode)),
      [],
    )
  })

  it('is all of it at once', () => {
    const document = {
      nmae: 'x',
      timeframe: '1x',
      parameters: { Fast: fast },
      series: { a: 'emaa(close, 3)', b: 'close +' },
      long: { entry: 'clos > 1 and 3', exit: 'a > 1' },
      sizing: { type: 'fixed_quote' },
      risk: { stop_los: 1, max_bars: 'close' },
    }
    const told = checkStrategy(document).diagnostics.map(({ code, path }) => `${code} ${path}`)
    assert.deepEqual(told.toSorted(), [
      'missing_key name',
      'missing_key sizing.value',
      'not_constant risk.max_bars',
      'syntax series.b',
      'type_mismatch long.entry',
      'unknown_choice timeframe',
      'unknown_function series.a',
      'unknown_key nmae',
      'unknown_key risk.stop_los',
      'unknown_name long.entry',
      'wrong_name parameters.Fast',
    ])
  })

  it('has every error before any warning where it is too much', () => {
    const entry = Array.from({ length: 150 }, (_, index) => `close > ${index} / 0`).join(' and ')
    const warned = checkStrategy(entering(entry))
    assert.ok(warned.plan !== null)
    assert.deepEqual([...new Set(warned.diagnostics.map(({ code }) => code))], ['never_a_number'])
    const wrong = checkStrategy(entering(entry, { risk: { max_bars: 0, cooldown_bars: -1 } }))
    assert.equal(wrong.plan, null)
    assert.equal(wrong.diagnostics.length, 100)
    const errors = wrong.diagnostics.filter(({ severity }) => severity === 'error')
    assert.deepEqual(
      errors.map(({ path }) => path),
      ['risk.max_bars', 'risk.cooldown_bars'],
    )
  })

  it('ends after a hundred', () => {
    const document = strategy(repeated(300, (index) => [`unknown_${index}`, 1]))
    assert.equal(checkStrategy(document).diagnostics.length, 100)
    for (const brackets of ['', '()']) {
      const entry = Array.from({ length: 150 }, (_, index) => `close > unknown_${index}${brackets}`).join(
        ' and ',
      )
      assert.equal(checkStrategy(entering(entry)).diagnostics.length, 100)
    }
  })
})

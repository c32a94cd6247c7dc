import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { candleLines, csv, HEADER, START } from '../../test/market.ts'
import { faultOf, readRows } from '../../test/tables.ts'
import { AppError } from '../platform/errors.ts'
import { collectRows } from './collect-rows.ts'
import { csv as csvFormat } from './csv-reader.ts'
import { parseNumber } from './number-text.ts'
import type { Series } from './series.ts'
import { BETWEEN_MILLISECONDS, NO_TIMESTAMP, parseTimestamp } from './timestamp-text.ts'
import { UploadBudget } from './upload-budget.ts'

const NOW = Date.UTC(2026, 0, 1, 12)

const numberOf = (text: string) => parseNumber(Buffer.from(text), 0, Buffer.byteLength(text))
const timeOf = (text: string) => parseTimestamp(Buffer.from(text), 0, Buffer.byteLength(text))

/** All rows of a text that comes in pieces of a size. */
const read = (content: string | Buffer, series: Series = '1m', pieceSize = 7) =>
  readRows(csvFormat, Buffer.from(content), { series, pieceSize })

function collect(content: string, series: Series = '1m') {
  const collector = collectRows(series, NOW, 'line')
  const reader = csvFormat.open(series, collector.add, new UploadBudget(2 ** 30))
  for (const _step of reader.read(Buffer.from(content)));
  reader.end()
  return { chunks: collector.finish(), rows: collector.rows() }
}

describe('a number in a text', () => {
  it('is the double that is nearest to it, for whatever digits', () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`))
    const decimal = fc
      .tuple(
        fc.constantFrom('', '-', '+'),
        digits(24),
        fc.option(digits(30)),
        fc.option(fc.integer({ min: -320, max: 320 })),
      )
      .map(
        ([sign, whole, part, power]) =>
          `${sign}${whole}${part === null ? '' : `.${part}`}${power === null ? '' : `e${power}`}`,
      )
    fc.assert(
      fc.property(decimal, (text) => assert.equal(numberOf(text), Number(text))),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        assert.equal(numberOf(String(value)), value + 0),
      ),
    )
  })

  it('is no number where it is anything else', () => {
    for (const text of [
      '',
      '.',
      '-',
      '1,5',
      '0x10',
      '1_000',
      'NaN',
      'Infinity',
      '1e',
      '1e99999',
      '1.2.3',
      'abc',
      '--1',
    ]) {
      assert.ok(Number.isNaN(numberOf(text)), text)
    }
    assert.deepEqual(['5.', '.5', ' 7 '].map(numberOf), [5, 0.5, 7])
  })
})

describe('a time in a text', () => {
  it('is a count in seconds, milliseconds, microseconds or nanoseconds by its magnitude, or ISO 8601, in UTC', () => {
    const expected = Date.UTC(2021, 11, 31, 23, 1)
    const texts = [
      '1640991660',
      '1640991660000',
      '1640991660000000',
      '1640991660000000000',
      '1640991660.0',
      '1640991660000.000',
      '+1640991660',
      '001640991660000',
      '2021-12-31 23:01:00.000000',
      '2021-12-31T23:01:00Z',
      '2021-12-31T23:01',
      '2021-12-31t23:01:00,000z',
      '2021-12-31 23:01:00 UTC',
      '2021-12-31T23:01:00+00:00',
      '2022-01-01T01:01:00+02:00',
      '2021-12-31T18:31:00-0430',
      '2021-12-31T23:01:00.000000000Z',
    ]
    for (const text of texts) assert.equal(timeOf(text), expected, text)
    assert.equal(timeOf('2021-12-31'), Date.UTC(2021, 11, 31))
    assert.equal(timeOf('1640991660.123'), expected + 123)
    assert.equal(timeOf('2021-12-31T23:01:00.5Z'), expected + 500)
    assert.equal(timeOf('0'), 0)
  })

  it('is every millisecond that a date can be written as', () => {
    const dates = fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true })
    fc.assert(
      fc.property(dates, (date) => assert.equal(timeOf(date.toISOString()), date.getTime())),
      { numRuns: 2_000 },
    )
  })

  it('is refused where it lies between two milliseconds', () => {
    for (const text of [
      '1640991660000001',
      '1640991660000000001',
      '1640991660.0001',
      '1640991660000.5',
      '2021-12-31T23:01:00.0001Z',
    ]) {
      assert.equal(timeOf(text), BETWEEN_MILLISECONDS, text)
    }
  })

  it('is refused where there is no such time', () => {
    const texts = [
      '',
      'x',
      '-1',
      '2021-02-29',
      '2021-13-01',
      '2021-0a-01',
      '2021-0/-01',
      '2021-00-01',
      '2021-01-00',
      '2021-1-01',
      '1969-12-31',
      '2021-01-01T24:00',
      '2021-01-01T23:60',
      '2021-01-01T23:59:60',
      '2021-01-01T23',
      '2021-01-01x23:00',
      '2021-01-01T23:00:00.',
      '2021-01-01T23:00:00+15:00',
      '2021-01-01T23:00+0',
      '1970-01-01T00:00+01:00',
      '123456789012345678901',
      '12a',
      '12.',
      '12.x',
      '2021/01/01',
      '2021-01-01T23:00:0',
      '2021-01-01T2300',
    ]
    for (const text of texts) assert.equal(timeOf(text), NO_TIMESTAMP, text)
    assert.equal(timeOf('2024-02-29'), Date.UTC(2024, 1, 29))
    assert.equal(timeOf('2000-02-29'), Date.UTC(2000, 1, 29))
    assert.equal(timeOf('2100-02-29'), NO_TIMESTAMP)
  })
})

describe('a CSV', () => {
  const row = [START, 1, 2, 0.5, 1.5, 10]

  it('gives the same rows in whatever pieces it comes', () => {
    const text = csv(candleLines(50))
    const whole = read(text, '1m', text.length)
    assert.equal(whole.length, 50)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (size) =>
        assert.deepEqual(read(text, '1m', size), whole),
      ),
    )
  })

  it('may have its columns in any order and under their usual names, others beside them, any delimiter, BOM, CRLF, quotes and empty lines', () => {
    const texts = [
      `${HEADER}\n${row}`,
      `\uFEFF${HEADER}\r\n${row}\r\n\r\n`,
      `\n\nclose;open;high;low;volume;time\n1.5;1;2;.5;1e1;${START}\n`,
      `Date\tOpen\tHigh\tLow\tClose\tVolume BTC\tVolume USDT\n2021-02-19\t1\t2\t0.5\t1.5\t10\t99\n`,
      `"open_time","open","high","low","close","volume","ignore"\n"${START}","1","2","0.5"," 1.5 ","10","x"\n`,
      `unix,date,symbol,open,high,low,close,vol\n${START / 1000},2021-02-19,BTC,1,2,0.5,1.5,10\n`.replace(
        'unix',
        'timestamp',
      ),
      `${row},${START + 59_999},1,2,3,4,0\n`,
      `\uFEFF${START / 1000},1,2,0.5,1.5,10,7\n`,
      `${START}000,1,2,0.5,1.5,10`,
    ]
    for (const text of texts) assert.deepEqual(read(text), [row], text)
  })

  it('may be of funding rates, whose mark price may be missing', () => {
    assert.deepEqual(
      read(`fundingTime,fundingRate,markPrice\n${START},0.0001,\n${START + 1},-1e-4,42000.5\n`, 'funding'),
      [
        [START, 0.0001, Number.NaN],
        [START + 1, -0.0001, 42_000.5],
      ],
    )
    assert.deepEqual(read(`${START},0.0001\n`, 'funding'), [[START, 0.0001, Number.NaN]])
  })

  it('is refused with the reason where its columns are not known', () => {
    const reasons: [string, RegExp][] = [
      ['timestamp,open,high,low\n', /no column for close, volume/],
      ['timestamp,open,open,high,low,close,volume\n', /names open twice/],
      ['1,2,3,4\n', /no header and 4 fields/],
      ['hello\n', /no column for timestamp/],
      [`${'x'.repeat(5_000)}\n`, /Line 1 is longer/],
      ['x'.repeat(5_000), /Line 1 is longer/],
    ]
    for (const [text, reason] of reasons) {
      const { code, detail } = faultOf(() => read(text, '1m', 6_000))
      assert.equal(code, 'invalid_file')
      assert.match(detail, reason)
    }
  })

  it('names the line and the column of what is wrong in a row', () => {
    const reasons: [string, string, string][] = [
      [`${HEADER}\n${row}\nyesterday,1,2,3,4,5\n`, '3', 'timestamp is no time that is known'],
      [`${HEADER}\n${START}.5,1,2,3,4,5\n`, '2', 'timestamp lies between two milliseconds'],
      [`${HEADER}\r\n\r\n${START},1,x,3,4,5\n`, '3', 'high is not a number. '],
      [
        `${HEADER.replaceAll(',', ';')}\n${START};1,5;3;1;2;5\n`,
        '2',
        'open is not a number: write decimals with a',
      ],
      [`${HEADER}\n${START},1\n`, '2', 'row has 2 fields, the first line has 6'],
      [`${HEADER}\n${row},7\n`, '2', 'row has 7 fields, the first line has 6'],
      [`${HEADER}\nx\n`, '2', 'timestamp is no time that is known'],
    ]
    for (const [text, line, reason] of reasons) {
      const { code, fields, detail } = faultOf(() => read(text, '1m', 10))
      assert.deepEqual([code, fields.line], ['invalid_rows', line])
      assert.ok(detail.includes(reason), detail)
    }
  })

  it('of whatever bytes throws nothing but what is declared', () => {
    const series = fc.constantFrom<Series>('1m', '1M', 'funding')
    const field = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('1', '-1', '1e999', 'NaN', String(START), '2021-02-19', '', '"', '0'),
    )
    const lines = fc.array(fc.array(field, { maxLength: 8 }), { maxLength: 6 })
    const table = fc.tuple(
      fc.constantFrom('', HEADER, 'time,rate'),
      lines,
      fc.constantFrom(',', ';', '\t'),
      fc.constantFrom('\n', '\r\n'),
    )
    const texts = table.map(([header, rows, delimiter, end]) =>
      Buffer.from([header, ...rows.map((cells) => cells.join(delimiter))].join(end)),
    )
    const bytes = fc.oneof(
      texts,
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    )
    fc.assert(
      fc.property(bytes, series, (input, kind) => {
        try {
          collect(input.toString('latin1'), kind)
          read(input, kind)
        } catch (error) {
          assert.ok(error instanceof AppError && /^invalid_(rows|file)$/.test(error.code), String(error))
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('rows', () => {
  const at = (offset: number, rest = '1,2,0.5,1.5,10') => `${START + offset},${rest}`
  const problems: [string, string[], string][] = [
    ['a price of zero', [at(0, '0,2,0,1,1')], 'Line 2: open must be above zero; low must be above zero'],
    ['a negative price', [at(0, '-1,2,0.5,1,1')], 'Line 2: open must be above zero'],
    ['an empty price', [at(0, ',2,0.5,1,1')], 'Line 2: open must be a finite number'],
    ['an infinite price', [at(0, '1,1e999,0.5,1,1')], 'Line 2: high must be a finite number'],
    ['NaN', [at(0, '1,NaN,0.5,1,1')], 'Line 2: high is not a number'],
    ['a negative volume', [at(0, '1,2,0.5,1,-1')], 'Line 2: volume must not be negative'],
    ['no volume at all', [at(0, '1,2,0.5,1,')], 'Line 2: volume must be a finite number'],
    ['a high under the low', [at(0, '1,1,3,1,1')], 'Line 2: high is below low'],
    ['a high under the open', [at(0, '5,2,0.5,1,1')], 'Line 2: high is below open'],
    ['a high under the close', [at(0, '1,2,0.5,5,1')], 'Line 2: high is below close'],
    ['a low above the open', [at(0, '1,5,2,3,1')], 'Line 2: low is above open'],
    ['a low above the close', [at(0, '3,5,2,1,1')], 'Line 2: low is above close'],
    ['a time between bars', [at(1_000)], 'Line 2: timestamp is not the start of a bar of 1m'],
    [
      'a bar that has not ended',
      [`${NOW},1,2,0.5,1.5,10`],
      'Line 2: timestamp is a bar that has not ended yet',
    ],
    [
      'one bar after another that has not ended',
      [`${NOW - 60_000},1,2,0.5,1.5,10`, `${NOW},1,2,0.5,1.5,10`],
      'Line 3: timestamp is a bar that has not ended yet',
    ],
    [
      'times out of order',
      [at(60_000), at(0)],
      'Line 3: timestamp is before the row in front of it (2021-02-19T00:01:00.000Z); sort by time',
    ],
    [
      'two candles at one time',
      [at(0), at(0, '1,2,0.5,1.6,11')],
      'Line 3: timestamp is that of the row in front of it, which has another close, volume',
    ],
  ]
  for (const [what, lines, reason] of problems) {
    it(`with ${what} are refused`, () => {
      const { code, detail } = faultOf(() => collect(csv(lines)))
      assert.equal(code, 'invalid_rows')
      assert.ok(detail.startsWith(reason), detail)
    })
  }

  it('that come twice are taken once, and a zero below zero is a zero', () => {
    const { chunks, rows } = collect(csv([at(0, '1,2,0.5,1.5,-0'), at(0, '1,2,0.5,1.5,0'), at(60_000)]))
    assert.equal(rows, 2)
    assert.ok(Object.is(chunks[0]?.columns[5]?.[0], 0))
  })

  it('make a chunk for each period, whatever lies between', () => {
    const days = [START, START + 86_400_000, Date.UTC(2021, 2, 1), Date.UTC(2021, 7, 1)]
    const { chunks } = collect(csv(days.map((day) => `${day},1,2,0.5,1.5,10`)))
    assert.deepEqual(
      chunks.map(({ periodStart }) => new Date(periodStart).toISOString().slice(0, 7)),
      ['2021-02', '2021-03', '2021-08'],
    )
    const months = [0, 1, 2].map((month) => `${Date.UTC(2021, month)},1,2,0.5,1.5,10`)
    assert.equal(collect(csv(months), '1M').rows, 3)
    assert.match(
      faultOf(() => collect(csv([months[1] ?? '', `${Date.UTC(2021, 2, 4)},1,2,0.5,1.5,10`]), '1M')).detail,
      /not the start/,
    )
  })

  it('of funding are checked, and limited to what a chunk holds', () => {
    const refused = [`${START},2`, `${START},x`, `${START},0.1,-1`, `${NOW + 1},0.1`]
    const reasons = [
      'rate must be a number from -1 to 1',
      'rate is not a number',
      'mark_price must be above zero',
      'timestamp lies in the future',
    ]
    for (const [index, line] of refused.entries()) {
      assert.ok(
        faultOf(() =>
          collect(`timestamp,rate${line.split(',').length > 2 ? ',mark_price' : ''}\n${line}`, 'funding'),
        ).detail.includes(reasons[index] ?? ''),
      )
    }
    const many = Array.from({ length: 131_073 }, (_, index) => `${START + index},0.1`)
    assert.match(
      faultOf(() => collect(`timestamp,rate\n${many.join('\n')}`, 'funding')).detail,
      /is one more than 131072 in a decade/,
    )
  })
})

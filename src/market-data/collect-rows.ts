import type { FieldErrors } from '../platform/errors.ts'
import { type Place, rowFault } from './row-faults.ts'
import {
  type Columns,
  chunkPeriod,
  columnNames,
  lengthOf,
  MAX_CHUNK_ROWS,
  type Series,
  sliceColumns,
} from './series.ts'
import type { RowSink } from './table-format.ts'
import { longestPeriod, periodEnd, periodStart } from './timeframe.ts'

/** All rows of one period that came, in time order. */
export type CollectedChunk = { periodStart: number; columns: Columns }

/** With the memory that its columns are the beginning of. */
type TakenChunk = CollectedChunk & { memory: Columns }

export type RowCollector = {
  add: RowSink
  /** The chunks that are complete and were not taken yet. */
  take(): TakenChunk[]
  /** The last one, too. */
  finish(): TakenChunk[]
  /** Takes back the memory of a chunk that nobody reads any more. */
  reuse(chunk: TakenChunk): void
  /** Rows so far, without those that came twice. */
  rows(): number
}

const FIRST_ROOM = 4_096

/** Prices outside these bounds lose digits, or overflow once they are multiplied. */
const MIN_PRICE = 1e-12
const MAX_PRICE = 1e15
const MAX_VOLUME = 1e18

function priceProblem(price: number): string | undefined {
  if (!Number.isFinite(price)) return 'must be a finite number'
  if (price <= 0) return 'must be above zero'
  return price >= MIN_PRICE && price <= MAX_PRICE
    ? undefined
    : `must be from ${MIN_PRICE} to ${MAX_PRICE.toExponential()}`
}

function volumeProblem(volume: number): string | undefined {
  if (!Number.isFinite(volume)) return 'must be a finite number'
  if (volume < 0) return 'must not be negative'
  return volume <= MAX_VOLUME ? undefined : `must be at most ${MAX_VOLUME.toExponential()}`
}

function candleProblems(values: Float64Array): FieldErrors | undefined {
  const [, open = 0, high = 0, low = 0, close = 0, volume = 0] = values
  const isRight =
    low >= MIN_PRICE &&
    low <= open &&
    low <= close &&
    high >= open &&
    high >= close &&
    high <= MAX_PRICE &&
    volume >= 0 &&
    volume <= MAX_VOLUME
  if (isRight) return undefined
  const problems: FieldErrors = {}
  for (const [name, value] of Object.entries({ open, high, low, close })) {
    const problem = priceProblem(value)
    if (problem !== undefined) problems[name] = problem
  }
  const problem = volumeProblem(volume)
  if (problem !== undefined) problems.volume = problem
  if (Object.keys(problems).length > 0) return problems
  if (high < low) return { high: 'is below low' }
  if (high < open || high < close) return { high: `is below ${high < open ? 'open' : 'close'}` }
  return { low: `is above ${low > open ? 'open' : 'close'}` }
}

function fundingProblems(values: Float64Array): FieldErrors | undefined {
  const [, rate = 0, mark = 0] = values
  if (!(Math.abs(rate) <= 1)) return { rate: 'must be a number from -1 to 1' }
  const problem = Number.isNaN(mark) ? undefined : priceProblem(mark)
  return problem === undefined ? undefined : { mark_price: problem }
}

function timeProblem(time: number, series: Series, now: number): string | undefined {
  if (series !== 'funding' && periodStart(time, series) !== time)
    return `is not the start of a bar of ${series}`
  const end = series === 'funding' ? time : periodEnd(time, series)
  // A time that no calendar has makes the end no number.
  if (!(end <= now)) return series === 'funding' ? 'lies in the future' : 'is a bar that has not ended yet'
  return undefined
}

/**
 * Checks rows and gathers them into chunks: finite, prices above zero, high and low around open and close, on the bars'
 * grid, in time order. A row that is equal to the one before it is left out.
 * @param now what has not ended by then is refused, UTC in ms
 */
export function collectRows(series: Series, now: number, unit: Place['unit']): RowCollector {
  const problemsOf = series === 'funding' ? fundingProblems : candleProblems
  // Where neighbours are not always as far apart, each is looked up in the calendar.
  const step = series === 'funding' || series === '1M' ? Number.NaN : longestPeriod(series)
  const width = columnNames(series).length
  const room = (rows: number) => Array.from({ length: width }, () => new Float64Array(rows))
  const ready: TakenChunk[] = []
  const spare: Columns[] = []
  let columns: Columns = room(FIRST_ROOM)
  let count = 0
  let rows = 0
  let last = -1
  let period = { start: 0, end: 0 }

  const flush = () => {
    if (count === 0) return
    ready.push({ periodStart: period.start, columns: sliceColumns(columns, 0, count), memory: columns })
    // The next is about as long: a month can have three days more than the one before.
    columns = spare.pop() ?? room(Math.min(MAX_CHUNK_ROWS, Math.max(FIRST_ROOM, Math.ceil(count * 1.12))))
    count = 0
  }
  const grow = () => {
    const wider = room(2 * lengthOf(columns))
    for (const [index, column] of wider.entries()) column.set(columns[index] as Float64Array)
    columns = wider
  }
  /** Whether the row is the one before once more. */
  const isAgain = (values: Float64Array, place: Place): boolean => {
    const time = values[0] as number
    if (time > last) return false
    if (time < last) {
      const when = new Date(last).toISOString()
      throw rowFault(place, { timestamp: `is before the row in front of it (${when}); sort by time` })
    }
    const names = columnNames(series)
    const different = names.filter((_, index) => !Object.is(values[index], columns[index]?.[count - 1]))
    if (different.length === 0) return true
    throw rowFault(place, {
      timestamp: `is that of the row in front of it, which has another ${different.join(', ')}`,
    })
  }

  return {
    add(values, number) {
      const time = values[0] as number
      // A negative zero is a zero.
      for (let index = 1; index < width; index++) values[index] = (values[index] as number) + 0
      if (!(time - last === step && time < period.end)) {
        const place: Place = { unit, number }
        const problem = timeProblem(time, series, now)
        if (problem !== undefined) throw rowFault(place, { timestamp: problem })
        if (isAgain(values, place)) return
        if (time >= period.end) {
          flush()
          period = chunkPeriod(time, series)
        }
      } else if (time + step > now) {
        throw rowFault({ unit, number }, { timestamp: 'is a bar that has not ended yet' })
      }
      const problems = problemsOf(values)
      if (problems !== undefined) throw rowFault({ unit, number }, problems)
      if (count === MAX_CHUNK_ROWS)
        throw rowFault({ unit, number }, { row: `is one more than ${MAX_CHUNK_ROWS} in a decade` })
      if (count === columns[0]?.length) grow()
      for (let index = 0; index < width; index++)
        (columns[index] as Float64Array)[count] = values[index] as number
      last = time
      count++
      rows++
    },
    take: () => ready.splice(0),
    finish() {
      flush()
      return ready.splice(0)
    },
    reuse: ({ memory }) => spare.push(memory),
    rows: () => rows,
  }
}

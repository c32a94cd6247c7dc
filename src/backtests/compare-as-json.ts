import type { Compared, Comparison } from './compare-backtests.ts'
import { scanTable } from './tables/columnar-table.ts'

/** Values that are written at once. */
const VALUES = 4_096

/** Calls `item` for places from 0 to before `length`, and puts their texts together as items of a JSON array. */
async function* itemsOf(
  length: number,
  item: (at: number) => string | Promise<string>,
): AsyncGenerator<string> {
  for (let from = 0; from < length; from += VALUES) {
    let text = ''
    for (let at = from; at < Math.min(length, from + VALUES); at++) {
      const written = item(at)
      text += `${at === 0 ? '' : ','}${typeof written === 'string' ? written : await written}`
    }
    yield text
  }
}

/** Returns the equity of days, which are asked for in their order, as JSON: null where the run has no such day. */
function equityReader({ daily, initialCapital }: Compared): (day: number) => string | Promise<string> {
  const groups = scanTable(daily, ['time', 'equity'])
  let [times, equity] = [new Float64Array(0), new Float64Array(0)] as [Float64Array, Float64Array]
  let [row, hasEnded] = [0, false]

  async function readNext(day: number): Promise<string> {
    const next = await groups.next()
    hasEnded = next.done === true
    if (!next.done) [times, equity] = next.value.columns as [Float64Array, Float64Array]
    row = 0
    return hasEnded ? 'null' : valueAt(day)
  }

  const valueAt = (day: number) =>
    times[row] === day ? JSON.stringify((equity[row++] as number) / initialCapital) : 'null'
  return (day) => (row === times.length && !hasEnded ? readNext(day) : valueAt(day))
}

/** Write the answer in pieces, in the envelope `head`. */
export async function* comparisonAsJson(
  head: { local_date_time: string },
  { runs, days }: Comparison,
): AsyncGenerator<string> {
  yield `{"local_date_time":${JSON.stringify(head.local_date_time)},"data":{"backtests":[`
  for (const [index, run] of runs.entries()) {
    const { id, name, metrics } = run
    const described = JSON.stringify({ id, name, metrics }).slice(0, -1)
    yield `${index === 0 ? '' : ','}${described},"equity":[`
    const equityAt = equityReader(run)
    yield* itemsOf(days.length, (at) => equityAt(days[at] as number))
    yield ']}'
  }
  yield '],"days":['
  yield* itemsOf(days.length, (at) => `"${new Date(days[at] as number).toISOString().slice(0, 10)}"`)
  yield ']},"api_error":null}'
}

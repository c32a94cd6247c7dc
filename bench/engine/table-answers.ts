import { monitorEventLoopDelay } from 'node:perf_hooks'
import { TRADE_NAMES } from '../../src/backtests/outcome-tables.ts'
import type { RunSpec } from '../../src/backtests/run-spec.ts'
import { tradesView } from '../../src/backtests/tables/result-views.ts'
import { openStoredTable } from '../../src/backtests/tables/stored-table.ts'
import { tableAsArrow } from '../../src/backtests/tables/table-as-arrow.ts'
import { tableAsCsv } from '../../src/backtests/tables/table-as-csv.ts'
import { encodeTable } from '../../src/backtests/tables/table-codec.ts'
import {
  readPiece,
  rowsOf,
  sortView,
  type TableView,
  viewPieces,
} from '../../src/backtests/tables/table-view.ts'
import type { Trade } from '../../src/engine/outcome.ts'
import { pacedStream } from '../../src/platform/http/paced-stream.ts'
import { manyTrades } from '../../test/large-tables.ts'
import { spreadOf } from '../lab/compare.ts'
import { type Row, valueRow } from '../lab/rows.ts'
import type { EngineLaboratory } from './laboratory.ts'

const ROWS = 789_000
const QUICK_ROWS = 50_000
/** Of the event loop, at a time. */
const BLOCKED_GOAL_MS = 50

const SPEC = { instruments: [{ rules: { id: 'binance BTC/USDT' } }] } as unknown as RunSpec

async function openTrades(rows: number): Promise<TableView<keyof Trade>> {
  const encoded = await encodeTable(manyTrades(rows))
  const table = await openStoredTable(TRADE_NAMES, async (from, to) => encoded.subarray(from, to))
  if (table === undefined) throw new Error('a new table is of the older format')
  return tradesView(table, SPEC, rows)
}

async function drain(pieces: AsyncIterable<string | Buffer>): Promise<void> {
  const stream = pacedStream(pieces)
  for await (const _ of stream);
}

async function sortedPage(view: TableView<keyof Trade>): Promise<void> {
  const column = view.columns.find(({ name }) => name === 'net_profit')
  if (column === undefined) throw new Error('trades have no net profit')
  const order = await sortView(view, column, true)
  rowsOf(view.columns, await readPiece(view, order.subarray(0, 1)))
}

/** How long answers from a large stored table take, and how long they keep the event loop from others. */
export async function tableAnswers(lab: EngineLaboratory): Promise<Row[]> {
  const rows = lab.quick ? QUICK_ROWS : ROWS
  const view = await openTrades(rows)
  const work: Record<string, () => Promise<unknown>> = {
    'a page of 1': async () => rowsOf(view.columns, await readPiece(view, [0])),
    'a page of 1, sorted': () => sortedPage(view),
    'all as CSV': () => drain(tableAsCsv(view.columns, viewPieces(view, null))),
    'all as Arrow': () => drain(tableAsArrow(view.columns, viewPieces(view, null), {})),
  }
  const found: Row[] = []
  for (const [name, perform] of Object.entries(work)) {
    const [times, blocked]: [number[], number[]] = [[], []]
    for (let round = 0; round < lab.pace.rounds; round += 1) {
      const delays = monitorEventLoopDelay({ resolution: 1 })
      delays.enable()
      const begin = performance.now()
      await perform()
      times.push(performance.now() - begin)
      delays.disable()
      blocked.push(delays.max / 1e6)
    }
    const operation = `${rows.toLocaleString('en-US')} trades: ${name}`
    found.push(valueRow(operation, spreadOf(times), ' ms'))
    found.push(valueRow(`${operation}, event loop blocked`, spreadOf(blocked), ' ms', BLOCKED_GOAL_MS))
  }
  return found
}

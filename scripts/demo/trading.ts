import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BASE, type Json, print, step } from './steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const MINUTE = 60_000

/** A day of minutes that swings, as a file that somebody may have. */
function candlesFile(): string {
  const start = Date.UTC(2026, 0, 1)
  const lines = Array.from({ length: 1_440 }, (_, minute) => {
    const open = 100 + (minute % 60) / 10
    const close = open + (minute % 2 === 0 ? 0.1 : -0.05)
    return `${start + minute * MINUTE},${open},${(open + 0.2).toFixed(2)},${(open - 0.2).toFixed(2)},${close.toFixed(2)},5`
  })
  return `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`
}

async function upload(token: string): Promise<void> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ exchange: 'mine', symbol: 'ABC/USD', timeframe: '1m' })) {
    form.append(name, value)
  }
  form.append('file', new Blob([candlesFile()]), 'candles.csv')
  const pick = ({ state, bars_added, dataset_id }: Json) => ({ state, bars_added, dataset_id })
  await step('Upload candles of our own', 201, 'POST', '/market/imports', form, token, pick)
}

async function makeStrategy(token: string): Promise<string> {
  const broken = {
    name: 'Broken',
    timeframe: '1h',
    long: { entry: 'crosses_above(emaa(close, 12), ema(close, 26))', exit: 'close < ema(close, 26)' },
    sizing: { type: 'percent_of_equity', value: 95 },
    risk: { stop_los: { type: 'percent', value: 2 } },
  }
  const faults = ({ is_valid, diagnostics }: Json) => ({ is_valid, diagnostics })
  await step(
    'A rule with mistakes: each is told with its place',
    200,
    'POST',
    '/strategies/validate',
    { document: broken },
    token,
    faults,
  )
  const titles = ({ templates, total }: Json) => ({
    total,
    templates: templates.map(({ id, title }: Json) => ({ id, title })),
  })
  await step('Templates to begin with', 200, 'GET', '/strategy-templates?limit=5', undefined, token, titles)
  const head = ({ id, name, latest_version }: Json) => ({ id, name, latest_version })
  const { id } = await step(
    'A strategy from one of them',
    201,
    'POST',
    '/strategies',
    { template: 'ema_cross' },
    token,
    head,
  )
  return id
}

/** Follows the run's events to the end, showing each. */
async function follow(id: string, token: string): Promise<void> {
  const path = `/backtests/${id}/events`
  print(`\nWatch it run\n  GET /api/v1${path}`)
  const response = await fetch(`${BASE}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
  for (const block of (await response.text()).split('\n\n')) {
    const [, event, data] = /event: (\w+)\ndata: (.*)/.exec(block) ?? []
    if (data === undefined) continue
    const { bars_done: done, bars_total: total } = JSON.parse(data).progress
    print(`  ${event}: ${done} of ${total} bars`)
  }
}

async function saveReport(id: string, token: string): Promise<void> {
  const path = `/backtests/${id}/report`
  const response = await fetch(`${BASE}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
  const page = await response.text()
  const file = join('.data', 'demo-report.html')
  await mkdir(join(ROOT, '.data'), { recursive: true })
  await writeFile(join(ROOT, file), page)
  print(
    `\nThe report\n  GET /api/v1${path}  →  ${response.status}\n  ${page.length} characters, in ${file}: open it in a browser`,
  )
  if (response.status !== 200) throw new Error('there is no report')
}

/** From candles to a backtest that is looked at and verified. */
export async function trade(token: string): Promise<void> {
  const sample = ({ datasets }: Json) =>
    datasets.map(({ symbol, timeframe, bars, from, to, is_synthetic }: Json) => ({
      symbol,
      timeframe,
      bars,
      from,
      to,
      is_synthetic,
    }))
  await step(
    'The sample that comes with the installation',
    200,
    'GET',
    '/market/datasets?exchange=synthetic',
    undefined,
    token,
    sample,
  )
  await upload(token)
  const strategy = await makeStrategy(token)
  const request = {
    instruments: [{ exchange: 'synthetic', symbol: 'SAMPLE/USD' }],
    // Another sum each time: an equal run would be answered with the result that is known already.
    initial_capital: 10_000 + (Date.now() % 1_000),
  }
  const asked = ({ id, state, progress, run_id }: Json) => ({ id, state, progress, run_id })
  const path = `/strategies/${strategy}/backtests`
  const { id } = await step('A backtest of it', 202, 'POST', path, request, token, asked)
  await follow(id, token)
  const result = ({ state, metrics, result }: Json) => ({
    state,
    metrics,
    scenarios: result.scenarios !== null,
    warnings: result.warnings,
  })
  await step('What came out', 200, 'GET', `/backtests/${id}`, undefined, token, result)
  const first = ({ rows, total }: Json) => ({ total, first: rows[0] })
  await step('Its trades', 200, 'GET', `/backtests/${id}/trades?limit=1`, undefined, token, first)
  await step(
    'Run again, it is the same to the last bit',
    200,
    'POST',
    `/backtests/${id}/verify`,
    undefined,
    token,
  )
  await saveReport(id, token)
}

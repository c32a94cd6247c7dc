import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { TestApp } from '../app.ts'
import { CROSS, giveCandles, giveStrategy, runBacktest, swingingLines, type Trader } from '../backtests.ts'
import { createClient } from '../client.ts'
import { BTC_MINUTES, csv, upload } from '../market.ts'
import { logIn } from '../people.ts'

/** Fills every table that holds what accounts do with trading, through the API. */
export async function fillTradingAccount(app: TestApp, trader: Trader): Promise<void> {
  const { person } = trader
  const strategy = await giveStrategy(trader)
  const version = { document: { ...CROSS, name: 'Cross again' }, note: 'private note' }
  assert.equal((await trader.post(`/strategies/${strategy}/versions`, version)).status, 201)
  const dataset = await giveCandles(app, trader)
  const request = { instruments: [{ dataset_id: dataset }], note: 'private note' }
  const key = { 'idempotency-key': 'private-key' }
  const asked = await trader.post(`/strategies/${strategy}/backtests`, request, key)
  assert.equal(asked.status, 202)
  await app.jobsDone()
  // The first revision is kept by the backtest alone, the second by its dataset.
  const changed = swingingLines(3_000).map((line) => line.replace(/,\d+$/, ',9'))
  const replaced = { ...BTC_MINUTES, on_conflict: 'replace' }
  assert.equal((await upload(app, person, csv(changed), replaced)).status, 201)
  const other = await giveCandles(app, trader, swingingLines(2_000), { ...BTC_MINUTES, symbol: 'ETH/USDT' })
  await runBacktest(app, trader, strategy, { instruments: [{ dataset_id: other }] })
  assert.equal((await trader.delete(`/market/datasets/${other}`)).status, 200)
  const funding = { exchange: 'binance', symbol: 'BTC/USDT:USDT', data: 'funding' }
  assert.equal((await upload(app, person, 'timestamp,rate\n1613692800000,0.1\n', funding)).status, 201)
  assert.equal((await upload(app, person, 'no table')).status, 422)
  await logIn(app, person)
  await createClient(app).post('/auth/forgot-password', { identifier: person.email })
  await app.jobsDone()
}

/** The rows of every table of ours, as text. */
export async function readTables({ platform: { db } }: TestApp): Promise<Map<string, string[]>> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`.execute(db)
  const found = new Map<string, string[]>()
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      SELECT md5(t::text) || ' ' || left(t::text, 300) AS row FROM ${sql.table(name)} t ORDER BY 1`.execute(
      db,
    )
    found.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return found
}

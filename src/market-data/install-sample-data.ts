import type { Db, Tx } from '../platform/database/database.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { type Candles, resample } from './candles.ts'
import { generateCandles, type Recipe } from './generate-candles.ts'
import { makeChunk } from './make-chunk.ts'
import { publishChunks } from './publish-chunks.ts'
import { insertChunk, type PlacedChunk } from './revisions-repository.ts'
import { candleColumns, chunkPeriod, firstRowFrom, sliceColumns } from './series.ts'
import { usualInstrument } from './symbols.ts'
import type { Timeframe } from './timeframe.ts'

const DAYS = 731

/** Two years that never were, with trends so weak that those who follow them do not get rich. */
const RECIPE: Recipe = {
  ...{ seed: 20_260_101, timeframe: '5m', from: Date.UTC(2024, 0, 1), bars: DAYS * 288 },
  ...{ price: 100, priceTick: 0.01, volatility: 0.0012, trend: 0.00005, trendBars: 2_500, reversion: 0.0004 },
  ...{ jumpChance: 0.0003, jump: 0.05, gapChance: 0.00005, gapBars: 24, volume: 250 },
}
const EXCHANGE = 'synthetic'
const SYMBOL = 'SAMPLE/USD'

async function publish(tx: Tx, series: Timeframe, candles: Candles, now: Date): Promise<void> {
  const chunks: PlacedChunk[] = []
  const columns = candleColumns(candles)
  for (let row = 0; row < candles.timestamp.length; ) {
    const period = chunkPeriod(candles.timestamp[row] as number, series)
    const end = firstRowFrom(candles.timestamp, period.end)
    const { facts, data } = await makeChunk(series, sliceColumns(columns, row, end))
    const { key } = await insertChunk(tx, null, facts, data)
    chunks.push({ ...facts, key, periodStart: new Date(period.start) })
    row = end
  }
  const instrument = usualInstrument(EXCHANGE, SYMBOL, 'spot', RECIPE.priceTick)
  const how = { isSynthetic: true, onConflict: 'replace' } as const
  await publishChunks(tx, chunks, { ownerId: null, instrument, changes: {}, series, ...how }, now)
}

/**
 * Gives a new installation something to try: two years of made-up candles, of five minutes and of an hour, shared with
 * everybody. Once only: what an operator removes stays removed.
 * @returns whether it was installed now
 */
export function installSampleData(db: Db, now: Date): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const first = await tx
      .insertInto('sample_data')
      .values({ installed_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (first === undefined) return false
    const candles = generateCandles(RECIPE)
    await publish(tx, '5m', candles, now)
    await publish(tx, '1h', resample(candles, '1h'), now)
    return true
  })
}

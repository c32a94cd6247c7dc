import { createHash } from 'node:crypto'
import type { InstrumentRules } from '../engine/market.ts'
import type { RunSettings } from '../engine/settings.ts'
import type { Series } from '../market-data/series.ts'
import { ownerKey } from '../platform/owner-key.ts'
import type { MeasureSettings } from './run-input.ts'

/**
 * Part of every result's key: raise it with each change that may change an outcome, so that older results are not
 * taken for what the new engine would say.
 */
export const ENGINE_VERSION = '1'

/** The data of one instrument, as revisions that are kept for the run. */
export type SpecInstrument = {
  rules: InstrumentRules
  exchange: string
  symbol: string
  datasetId: string
  isSynthetic: boolean
  revisionId: string
  /** Timeframe of the rows that are read: the strategy's, or a smaller one that is made into it. */
  series: Series
  finer: { revisionId: string; series: Series } | null
  funding: { revisionId: string } | { rate: number; interval: number } | null
  /** Hashes of the rows that are read, in hexadecimal. */
  rowsHash: string
  finerHash: string | null
  fundingHash: string | null
}

/** All that a run was asked for, kept with it: with the strategy's version it can be run again years later. */
export type RunSpec = {
  parameters: Record<string, number | boolean>
  instruments: readonly SpecInstrument[]
  /** First row that is read, for the indicators' sake. */
  readFrom: number
  settings: Omit<RunSettings, 'sizing' | 'limits'>
  measure: MeasureSettings
}

/**
 * The identity of a result: equal for those runs of one user that must have the same outcome. Of different users it is never
 * equal, so that nobody can find out what others have run.
 */
export function resultKey(
  userId: string,
  canonicalPlan: string,
  { instruments, settings, measure }: RunSpec,
): Buffer {
  const read = instruments.map(({ rules, rowsHash, finerHash, fundingHash, funding }) => ({
    rules,
    rowsHash,
    finerHash,
    funding: fundingHash ?? funding,
  }))
  const text = JSON.stringify({
    format: 'crypalgos-run-1',
    engine: ENGINE_VERSION,
    plan: canonicalPlan,
    read,
    settings,
    measure,
  })
  return ownerKey(userId, createHash('sha256').update(text).digest())
}

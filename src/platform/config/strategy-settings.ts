import type { Settings } from './settings.ts'

const MEGABYTE = 1024 * 1024

export type StrategySettings = {
  /** That are not archived. */
  maxPerUser: number
  maxVersions: number
  /** Of a user's strategies with all their versions. */
  bytesPerUser: number
}

export function readStrategySettings(settings: Settings): StrategySettings {
  return {
    maxPerUser: settings.integer('MAX_STRATEGIES_PER_USER', { fallback: 100, min: 1, max: 10_000 }),
    maxVersions: settings.integer('MAX_VERSIONS_PER_STRATEGY', { fallback: 500, min: 1, max: 10_000 }),
    bytesPerUser:
      settings.integer('STRATEGIES_MB_PER_USER', { fallback: 64, min: 1, max: 1_048_576 }) * MEGABYTE,
  }
}

import type { Settings } from './settings.ts'

export type StrategySettings = {
  /** That are not archived. */
  maxPerUser: number
  maxVersions: number
}

export function readStrategySettings(settings: Settings): StrategySettings {
  return {
    maxPerUser: settings.integer('MAX_STRATEGIES_PER_USER', { fallback: 100, min: 1, max: 10_000 }),
    maxVersions: settings.integer('MAX_VERSIONS_PER_STRATEGY', { fallback: 500, min: 1, max: 10_000 }),
  }
}

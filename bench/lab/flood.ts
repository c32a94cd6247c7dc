import type { LoadRequest } from './load.ts'

/** Clients that all send at once. */
export type Flood = { base: string; clients: number; seconds: number; requests: LoadRequest[] }

export type FloodResult = {
  /** How often each status came, or "no answer". */
  statuses: Record<string, number>
  slowestMs: number
}

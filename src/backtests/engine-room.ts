import { type ChunkCache, createChunkCache } from '../market-data/chunk-cache.ts'
import { PARKED_TASKS } from '../platform/limits/open-work-queues.ts'
import type { Platform } from '../platform/platform.ts'
import { openRunThreads, type RunThreads } from './run-threads.ts'

/** What a process simulates with: threads, and the candles that they share. */
export type EngineRoom = { cache: ChunkCache; threads: RunThreads }

const rooms = new WeakMap<Platform, EngineRoom>()

/** Return the platform's room, made at its first use; it ends with the platform. */
export function roomOf(platform: Platform): EngineRoom {
  const known = rooms.get(platform)
  if (known) return known
  const { threads: count, cacheBytes } = platform.config.backtests
  // A paused task keeps its thread.
  const threads = openRunThreads(Math.max(1, count) + PARKED_TASKS, count > 0)
  const room = { cache: createChunkCache(cacheBytes), threads }
  rooms.set(platform, room)
  platform.atClose(() => room.threads.close())
  return room
}

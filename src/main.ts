import cluster from 'node:cluster'
import { createApp } from './app.ts'
import { jobDefinitions } from './jobs.ts'
import { installSampleData } from './market-data/install-sample-data.ts'
import { type Config, readConfig } from './platform/config.ts'
import { openDatabase } from './platform/database/database.ts'
import { startJobRunner } from './platform/jobs/job-runner.ts'
import { createLogger } from './platform/logging.ts'
import { openPlatform } from './platform/platform.ts'
import { clusterMetrics } from './platform/process/cluster-metrics.ts'
import { exitWithProblem } from './platform/process/exit-with-problem.ts'
import { startProcesses } from './platform/process/primary.ts'
import { type Close, runUntilSignal } from './platform/process/shutdown.ts'
import { trimHeap } from './platform/process/trim-heap.ts'

/** By then the first requests after a start are answered. */
const TRIM_AFTER_MS = 2_000

type StandIn = { config: Config; env: Record<string, string>; stop: Close }

/** Development comes with something to try; a deployment gets it with its schema. */
async function withSampleData(url: string): Promise<void> {
  const { db } = openDatabase({ url, poolSize: 1, preparedStatements: false })
  await installSampleData(db, new Date()).finally(() => db.destroy())
}

/** Development needs no database of its own: one is started where none is named. */
async function withDatabase(config: Config): Promise<StandIn> {
  if (config.database.url !== undefined) return { config, env: {}, stop: async () => {} }
  const { startDevelopmentDatabase } = await import('./platform/database/development-database.ts')
  const { url, stop } = await startDevelopmentDatabase(config)
  await withSampleData(url)
  return { config: { ...config, database: { ...config.database, url } }, env: { DATABASE_URL: url }, stop }
}

async function serve(config: Config): Promise<Close> {
  const platform = openPlatform(config)
  const readMetrics = cluster.isWorker ? clusterMetrics(platform.metrics.registry) : undefined
  const app = await createApp(platform, readMetrics)
  await app.listen({ host: config.host, port: config.port })
  const runner = config.workerInWeb ? startJobRunner(platform, jobDefinitions(platform)) : undefined
  const trimming = setTimeout(trimHeap, TRIM_AFTER_MS)
  return async () => {
    clearTimeout(trimming)
    await app.close()
    await runner?.stop()
    await platform.close()
  }
}

async function main(): Promise<void> {
  const given = readConfig()
  const log = createLogger(given)
  await runUntilSignal(log, async () => {
    const { config, env, stop } = await withDatabase(given)
    const isPrimary = cluster.isPrimary && config.webConcurrency > 1
    const close = isPrimary ? startProcesses(log, config.webConcurrency, env) : await serve(config)
    return async () => {
      await close()
      await stop()
    }
  })
}

main().catch(exitWithProblem)

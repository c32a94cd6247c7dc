import cluster from 'node:cluster'
import { createApp } from './app.ts'
import { jobDefinitions } from './jobs.ts'
import { type Config, readConfig } from './platform/config.ts'
import { startJobRunner } from './platform/jobs/job-runner.ts'
import { createLogger } from './platform/logging.ts'
import { openPlatform } from './platform/platform.ts'
import { clusterMetrics } from './platform/process/cluster-metrics.ts'
import { exitWithProblem } from './platform/process/exit-with-problem.ts'
import { runPrimary } from './platform/process/primary.ts'
import { closeOnSignal } from './platform/process/shutdown.ts'

type StandIn = { config: Config; stop(): Promise<void> }

/** Development needs no database of its own: one is started where none is named. */
async function withDatabase(config: Config): Promise<StandIn> {
  if (config.database.url !== undefined) return { config, stop: async () => {} }
  const { startDevelopmentDatabase } = await import('./platform/database/development-database.ts')
  const { url, stop } = await startDevelopmentDatabase(config)
  return { config: { ...config, database: { ...config.database, url } }, stop }
}

async function serve({ config, stop }: StandIn): Promise<void> {
  const platform = openPlatform(config)
  const readMetrics = cluster.isWorker ? clusterMetrics(platform.metrics.registry) : undefined
  const app = await createApp(platform, readMetrics)
  await app.listen({ host: config.host, port: config.port })
  const runner = config.workerInWeb ? startJobRunner(platform, jobDefinitions(platform)) : undefined
  closeOnSignal(platform.log, async () => {
    await app.close()
    await runner?.stop()
    await platform.close()
    await stop()
  })
}

async function main(): Promise<void> {
  const config = readConfig()
  const standIn = await withDatabase(config)
  if (cluster.isWorker || config.webConcurrency === 1) return serve(standIn)
  const env = { DATABASE_URL: standIn.config.database.url ?? '' }
  runPrimary(createLogger(config), config.webConcurrency, env, standIn.stop)
}

main().catch(exitWithProblem)

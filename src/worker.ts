import { jobDefinitions } from './jobs.ts'
import { readConfig } from './platform/config.ts'
import { startJobRunner } from './platform/jobs/job-runner.ts'
import { openPlatform } from './platform/platform.ts'
import { exitWithProblem } from './platform/process/exit-with-problem.ts'
import { runUntilSignal } from './platform/process/shutdown.ts'

/** The job process: the same platform as the web process, no HTTP. */
async function main(): Promise<void> {
  const platform = openPlatform(readConfig(process.env, undefined, 'worker'))
  const isForTrading = platform.config.workerJobs === 'trading'
  await runUntilSignal(platform.log, async () => {
    const runner = startJobRunner(platform, jobDefinitions(platform))
    platform.log.info(`the job process runs${isForTrading ? ', for backtests and imports alone' : ''}`)
    return async () => {
      await runner.stop()
      await platform.close()
    }
  })
}

main().catch(exitWithProblem)

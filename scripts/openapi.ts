import { tmpdir } from 'node:os'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/platform/config.ts'
import { openPlatform } from '../src/platform/platform.ts'

/** Prints the OpenAPI document. It comes from the routes alone: nothing listens, and no database is asked. */
async function main(): Promise<void> {
  const config = readConfig({
    APP_ENV: 'test',
    DATA_FOLDER: tmpdir(),
    DATABASE_URL: 'postgresql://localhost/unused',
    LOG_LEVEL: 'silent',
  })
  const platform = openPlatform(config)
  const app = await createApp(platform)
  await app.ready()
  process.stdout.write(`${JSON.stringify(app.swagger(), null, 2)}\n`)
  await app.close()
  await platform.close()
}

await main()

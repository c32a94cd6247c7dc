import { startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.ts'

/*
 * A process of its own for the tests of the embedded server: uses the server of the folder it is given until it is
 * told to stop, or killed.
 */
const { url, stop } = await startEmbeddedPostgres({ dataFolder: String(process.argv[2]) })
process.once('message', async () => {
  await stop()
  process.exit()
})
process.send?.(url)

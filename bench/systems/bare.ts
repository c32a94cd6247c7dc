import { join } from 'node:path'
import { freePort } from '../../src/platform/database/embedded/server.ts'
import { userId } from '../lab/accounts.ts'
import { type RunningServer, startServer } from '../lab/server-process.ts'

export type BareSystem = { server: RunningServer }

/** Starts the limit: bare `node:http` and one prepared query, over the tables of ours. */
export async function startBare(databaseUrl: string): Promise<BareSystem> {
  const port = await freePort()
  const server = await startServer({
    name: 'bare node:http',
    command: process.execPath,
    args: [join(import.meta.dirname, '../limits/bare-http.ts')],
    env: { DATABASE_URL: databaseUrl, PORT: String(port) },
    port,
    readyPath: `/users/${userId(0)}`,
  })
  return { server }
}

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SESSION_IDS, SESSIONS_PER_USER, USER_IDS, uuidOf } from '../lab/accounts.ts'
import type { Contender } from '../lab/compare.ts'
import { query } from '../lab/database.ts'
import { BENCH_FOLDER } from '../lab/folder.ts'
import { Unavailable } from '../lab/install.ts'
import type { OurData } from '../systems/ours.ts'
import { type RefreshStatement, refreshStatement } from './refresh-statement.ts'

const run = promisify(execFile)

/** As many as the API's pool has. */
const CLIENTS = 10
/** Each client refreshes its own in turn, so that none waits for another's lock. */
const SESSIONS_PER_CLIENT = 300

/** The n-th time around, each session has generation n. */
function scriptOf({ text, parameters }: RefreshStatement): string {
  const session = ':session::integer'
  const values: Record<string, string> = {
    session: uuidOf(SESSION_IDS, session),
    user: uuidOf(USER_IDS, `(${session} / ${SESSIONS_PER_USER})`),
    generation: ':generation::integer',
  }
  const statement = text.replaceAll(/\$(\d+)/g, (_, position) => {
    const parameter = parameters[Number(position) - 1] ?? ''
    return values[parameter] ?? `'${parameter}'`
  })
  return [
    '\\set turn :turn + 1',
    `\\set session :client_id * ${SESSIONS_PER_CLIENT} + :turn % ${SESSIONS_PER_CLIENT}`,
    `\\set generation :turn / ${SESSIONS_PER_CLIENT}`,
    `${statement.replaceAll(/\s+/g, ' ')};`,
  ].join('\n')
}

async function reset(databaseUrl: string): Promise<void> {
  await query(databaseUrl, 'UPDATE sessions SET generation = 0, rotated_at = created_at WHERE generation > 0')
  await query(databaseUrl, 'VACUUM ANALYZE sessions')
}

/** The limit of refreshes: the database's own load generator with the statement that we send. */
export async function pgbench({ databaseUrl, accounts }: OurData): Promise<Contender> {
  const version = await run('pgbench', ['--version']).catch(() => {
    throw new Unavailable('there is no pgbench on the PATH')
  })
  const script = join(BENCH_FOLDER, 'refresh.sql')
  await writeFile(script, scriptOf(await refreshStatement(databaseUrl, accounts.madeAt)))
  const fixed = [
    '--no-vacuum',
    '--protocol=prepared',
    `--client=${CLIENTS}`,
    '--define=turn=-1',
    `--file=${script}`,
  ]
  return {
    name: `${version.stdout.split(' ', 1)[0]}, one update`,
    async run(seconds) {
      await reset(databaseUrl)
      const { stdout } = await run('pgbench', [...fixed, `--time=${Math.ceil(seconds)}`, databaseUrl])
      const rate = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
      const sent = Number(/actually processed: (\d+)/.exec(stdout)?.[1])
      const { rows } = await query(databaseUrl, 'SELECT sum(generation)::integer AS updated FROM sessions')
      return { rate, failed: sent - rows[0].updated }
    },
  }
}

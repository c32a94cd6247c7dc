import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { startTestApp, type TestApp } from './app.ts'
import { CROSS, giveStrategy, trader as newTrader, swingingLines, type Trader } from './backtests.ts'
import type { Answer } from './client.ts'
import { createWorld, type World } from './hostile/world.ts'
import { csv, upload } from './market.ts'
import { until } from './until.ts'

let app: TestApp
let rival: pg.Client
let ada: Trader

before(async () => {
  app = await startTestApp()
  rival = new pg.Client({ connectionString: app.database.url })
  await rival.connect()
  ada = await newTrader(app)
})
after(async () => {
  await rival.end()
  await app.close()
})

/** Whether a connection of the application waits for a lock. */
async function isBlocked(): Promise<boolean> {
  const { rows } = await rival.query(`
    SELECT count(*)::int AS blocked FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`)
  return rows[0].blocked > 0
}

/** Sends a request while another connection has deleted something and not committed yet; then it commits. */
async function beside(statements: string[], request: () => Promise<Answer>): Promise<string> {
  await rival.query('BEGIN')
  for (const statement of statements) await rival.query(statement)
  let isAnswered = false
  const answer = request().finally(() => {
    isAnswered = true
  })
  await until(async () => isAnswered || (await isBlocked()))
  const hasWaited = !isAnswered
  await rival.query('COMMIT')
  const { status, error } = await answer
  assert.ok(hasWaited, `the request did not meet the deletion: ${status}`)
  return `${status} ${error?.code}`
}

type Case = {
  title: string
  gone(world: World): string[]
  request(trader: Trader, world: World): Promise<Answer>
  answers: string
}

const goneBacktest = ({ backtest }: World) => [`DELETE FROM backtests WHERE id = '${backtest}'`]
const goneResult = (world: World) => [
  'LOCK TABLE backtest_results',
  ...goneBacktest(world),
  'DELETE FROM backtest_results',
]
const goneStrategy = ({ strategy }: World) => [`DELETE FROM strategies WHERE id = '${strategy}'`]
const goneUser = ({ trader }: World) => [`DELETE FROM users WHERE id = '${trader.person.id}'`]
const goneDataset = ({ dataset }: World) => [`DELETE FROM datasets WHERE id = '${dataset}'`]
/** The dataset is deleted and the sweep has taken its revision. */
const sweptDataset = (world: World) => [
  'LOCK TABLE revision_chunks',
  'DELETE FROM revision_keepers',
  'DELETE FROM revision_chunks',
  'DELETE FROM dataset_revisions',
  ...goneDataset(world),
]

const started = (trader: Trader, { strategy, dataset }: World, changes: object = {}) =>
  trader.post(`/strategies/${strategy}/backtests`, {
    instruments: [{ dataset_id: dataset }],
    initial_capital: 5_000,
    ...changes,
  })

const CASES: Case[] = [
  {
    title: 'changing a backtest',
    gone: goneBacktest,
    request: (trader, { backtest }) => trader.patch(`/backtests/${backtest}`, { name: 'new' }),
    answers: '404 backtest_not_found',
  },
  {
    title: 'deleting a backtest',
    gone: goneBacktest,
    request: (trader, { backtest }) => trader.delete(`/backtests/${backtest}`),
    answers: '404 backtest_not_found',
  },
  ...['trades', 'orders', 'equity', 'report', 'explain?at=2021-02-19T01:00:00Z'].map((table) => ({
    title: `reading ${table} of a backtest`,
    gone: goneResult,
    request: (trader: Trader, { backtest }: World) => trader.get(`/backtests/${backtest}/${table}`),
    answers: '404 backtest_not_found',
  })),
  {
    title: 'comparing backtests',
    gone: goneResult,
    request: (trader, { backtest }) => trader.get(`/backtests/compare?ids=${backtest}`),
    answers: '404 backtest_not_found',
  },
  {
    title: 'verifying a backtest',
    gone: goneResult,
    request: (trader, { backtest }) => trader.post(`/backtests/${backtest}/verify`),
    answers: '404 backtest_not_found',
  },
  {
    title: 'changing a strategy',
    gone: goneStrategy,
    request: (trader, { strategy }) => trader.patch(`/strategies/${strategy}`, { name: 'new' }),
    answers: '404 strategy_not_found',
  },
  {
    title: 'archiving a strategy',
    gone: goneStrategy,
    request: (trader, { strategy }) => trader.delete(`/strategies/${strategy}`),
    answers: '404 strategy_not_found',
  },
  {
    title: 'adding a version',
    gone: goneStrategy,
    request: (trader, { strategy }) => trader.post(`/strategies/${strategy}/versions`, { document: CROSS }),
    answers: '404 strategy_not_found',
  },
  {
    title: 'restoring a version',
    gone: goneStrategy,
    request: (trader, { strategy }) => trader.post(`/strategies/${strategy}/versions/1/restore`),
    answers: '404 strategy_not_found',
  },
  {
    title: 'starting a backtest beside the deletion of its strategy',
    gone: goneStrategy,
    request: started,
    answers: '404 strategy_not_found',
  },
  {
    title: 'starting a backtest beside the sweep of its data',
    gone: sweptDataset,
    request: started,
    answers: '409 data_changed',
  },
  {
    title: 'reading candles beside the sweep of their revision',
    gone: sweptDataset,
    request: (trader, { dataset }) => trader.get(`/market/datasets/${dataset}/candles`),
    answers: '409 data_changed',
  },
  {
    title: 'deleting a dataset',
    gone: goneDataset,
    request: (trader, { dataset }) => trader.delete(`/market/datasets/${dataset}`),
    answers: '404 dataset_not_found',
  },
  ...(
    [
      [
        'changing the profile',
        (trader) =>
          trader.person.client.put('/users/me', { name: 'Eve' }, { token: trader.person.accessToken }),
      ],
      ['creating a strategy', (trader) => trader.post('/strategies', { document: CROSS })],
      ['uploading a file', (trader) => upload(app, trader.person, csv(swingingLines(5)))],
      ['starting a backtest', started],
      [
        'adding a version',
        (trader, { strategy }) => trader.post(`/strategies/${strategy}/versions`, { document: CROSS }),
      ],
    ] satisfies [string, Case['request']][]
  ).map(([title, request]) => ({
    title: `${title} beside the deletion of the account`,
    gone: goneUser,
    request,
    answers: '401 unauthorized',
  })),
]

describe('a request beside the deletion of what it is about', () => {
  for (const { title, gone, request, answers } of CASES) {
    it(`${title} is answered ${answers}`, async () => {
      const world = await createWorld(app, gone === goneUser ? undefined : ada)
      const answer = await beside(gone(world), () => request(world.trader, world))
      // A strategy goes with its account: whichever is looked up first.
      const isWithAccount = gone === goneUser && answer === '404 strategy_not_found'
      assert.ok(isWithAccount || answer === answers, answer)
    })
  }

  it('ending a session is answered 404', async () => {
    const { trader } = await createWorld(app)
    const { person } = trader
    const other = await person.client.post('/auth/login', {
      identifier: person.email,
      password: person.password,
    })
    const { data } = await trader.get('/sessions')
    const ended = data.sessions.find(({ is_current: isCurrent }: { is_current: boolean }) => !isCurrent)
    assert.equal(other.status, 200)
    const answer = await beside([`DELETE FROM sessions WHERE id = '${ended.id}'`], () =>
      trader.delete(`/sessions/${ended.id}`),
    )
    assert.equal(answer, '404 session_not_found')
  })

  it('asking for an equal run with a key starts a new one', async () => {
    const world = await createWorld(app)
    const { trader, strategy, dataset, backtest } = world
    const answer = await beside(goneBacktest(world), () =>
      trader.post(
        `/strategies/${strategy}/backtests`,
        { instruments: [{ dataset_id: dataset }] },
        { 'idempotency-key': 'a-key' },
      ),
    )
    assert.match(answer, /^20[012] undefined$/)
    assert.equal((await trader.get(`/backtests/${backtest}`)).status, 404)
  })
})

describe('many requests about the same things at once', () => {
  it('are all answered, none by a failure', async () => {
    const world = await createWorld(app)
    const { trader, dataset } = world
    for (let round = 0; round < 6; round++) {
      const strategy = await giveStrategy(trader)
      const { data } = await started(trader, { ...world, strategy }, { initial_capital: 1_000 + round })
      const path = `/backtests/${data.id}`
      const answers = await Promise.all([
        trader.patch(path, { note: 'one' }),
        trader.post(`${path}/cancel`),
        trader.delete(path),
        trader.patch(path, { note: 'two' }),
        trader.get(`${path}/trades`),
        trader.delete(path),
        trader.delete(`/strategies/${strategy}`),
        trader.post(`/strategies/${strategy}/versions`, { document: CROSS }),
        trader.post(`/strategies/${strategy}/restore`),
        started(trader, { ...world, strategy }, { initial_capital: 2_000 + round }),
        trader.get(`/market/datasets/${dataset}/candles`),
        trader.delete(`/market/datasets/${dataset}`),
        upload(app, trader.person, csv(swingingLines(120))),
        trader.delete(`/market/datasets/${dataset}`),
      ])
      for (const { status, body } of answers) assert.ok(status < 500, JSON.stringify(body))
      world.dataset = (await trader.get('/market/datasets?owner=me')).data.datasets[0]?.id ?? dataset
    }
    await app.jobsDone()
  })
})

import type { Contender } from '../lab/compare.ts'
import { refreshContender, requestsContender, slowRequestsContender } from '../lab/contender.ts'
import { query } from '../lab/database.ts'
import type { Laboratory } from '../lab/laboratory.ts'
import type { LoadRequest } from '../lab/load.ts'
import { costlyNodes, logPlans, logSize, plansSince } from '../lab/plans.ts'
import {
  ourChains,
  ourRequests,
  showsSessions,
  showsSignIn,
  showsUser,
  spareChains,
} from '../lab/requests.ts'
import { digits, type Row } from '../lab/rows.ts'
import { runTrial } from '../lab/trial.ts'
import { makeOurData, type OurData, type OurSystem, serveOurData } from '../systems/ours.ts'

const FEW = 1_000
const MANY = 1_000_000
/** Enough to see that it works. */
const MANY_FOR_QUICK = 20_000
const GOAL = 0.85
/** From its sixth run on, a prepared statement may have another plan. */
const RUNS_FOR_PLANS = 24
const AT_ONCE = 32

/** As long a list for both, so that both loads take as long to prepare. */
const REQUESTS = 20_000

const ME = '/api/v1/users/me'
const SESSIONS = '/api/v1/sessions'
const LOGIN = '/api/v1/auth/login'
const REFRESH = '/api/v1/auth/refresh'

type Operation = { name: string; enter(system: OurSystem, name: string): Promise<Contender> }

function manyTimes(requests: LoadRequest[]): LoadRequest[] {
  return Array.from({ length: Math.ceil(REQUESTS / requests.length) }, () => requests)
    .flat()
    .slice(0, REQUESTS)
}

const targetOf = ({ server }: OurSystem, name: string, connections = 32) => ({
  name,
  base: server.base,
  connections,
})

const OPERATIONS: Operation[] = [
  {
    name: 'GET /users/me',
    enter: async (system, name) =>
      requestsContender(targetOf(system, name), manyTimes(ourRequests(system).get(ME)), showsUser),
  },
  {
    name: 'GET /sessions',
    enter: async (system, name) =>
      requestsContender(targetOf(system, name), manyTimes(ourRequests(system).get(SESSIONS)), showsSessions),
  },
  {
    name: 'POST /auth/refresh',
    enter: async (system, name) => refreshContender(targetOf(system, name), REFRESH, ourChains(system)),
  },
  {
    name: 'POST /auth/login',
    enter: async (system, name) =>
      slowRequestsContender(targetOf(system, name, 16), ourRequests(system).signIn(LOGIN), showsSignIn),
  },
]

async function serve(data: OurData): Promise<OurSystem> {
  return { ...data, server: await serveOurData(data) }
}

async function compareSizes(lab: Laboratory, many: OurSystem, few: OurSystem): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, enter } of OPERATIONS) {
    const us = await enter(many, `${digits(many.accounts.users)} users`)
    const rival = {
      name: `${digits(FEW)} users`,
      goal: GOAL,
      enter: () => enter(few, `${digits(FEW)} users`),
    }
    rows.push(...(await runTrial(`${name}, ${us.name}`, us, [rival], lab.pace)))
  }
  return rows
}

async function post(base: string, path: string, body: string, address: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address }
  const answer = await fetch(base + path, { method: 'POST', headers, body })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
}

/** Runs every hot path a few times, and what is batched also for many requests at once. */
async function walkHotPaths(data: OurData, base: string): Promise<void> {
  const { get, signIn } = ourRequests(data)
  const chains = spareChains(data, RUNS_FOR_PLANS)
  const logins = signIn(LOGIN)
  for (const path of [ME, SESSIONS]) {
    const requests = get(path)
    for (let turn = 0; turn < RUNS_FOR_PLANS; turn += 1) {
      const atOnce = turn % 2 === 0 ? 1 : AT_ONCE
      const some = requests.slice(turn * AT_ONCE, turn * AT_ONCE + atOnce)
      await Promise.all(some.map(({ headers }) => fetch(base + path, { headers })))
    }
  }
  for (const [turn, { token, address }] of chains.entries()) {
    const login = logins[turn]
    await post(base, LOGIN, login?.body ?? '', login?.headers['x-forwarded-for'] ?? '')
    await post(base, REFRESH, JSON.stringify({ refresh_token: token }), address)
  }
}

async function checkPlans(lab: Laboratory, data: OurData): Promise<Row> {
  await logPlans(data.databaseUrl)
  const size = logSize(lab.postgres)
  // Jobs would bring their own statements; one connection sees every statement often enough.
  const server = await serveOurData({
    ...data,
    env: { ...data.env, WORKER_IN_WEB: 'false', DATABASE_POOL_SIZE: '1' },
  })
  await walkHotPaths(data, server.base)
  await server.stop()
  const plans = plansSince(lab.postgres, size)
  const costly = plans.filter((plan) => costlyNodes(plan).length > 0)
  for (const { statement, nodes } of plans) lab.note(`${nodes.join(' < ')}: ${statement}`)
  const faults = costly.map((plan) => `${costlyNodes(plan).join(', ')} in ${plan.statement.slice(0, 60)}`)
  return {
    operation: `Plans of the hot paths, ${digits(data.accounts.users)} users`,
    ours: faults.length === 0 ? `${plans.length} plans, all by index` : faults.join('; '),
    against: '',
    theirs: '',
    ratio: '',
    goal: 'no sequential scan, no sort, nothing read in vain',
    holds: plans.length > 0 && faults.length === 0 ? 'yes' : 'no',
  }
}

const SIZES = `SELECT pg_database_size(current_database()) AS whole,
  pg_total_relation_size('users') AS users, pg_total_relation_size('sessions') AS sessions`

/** How much of the disk the accounts take, with their indexes. */
async function sizeOnDisk({ databaseUrl, accounts }: OurData): Promise<Row> {
  const { rows } = await query(databaseUrl, SIZES)
  const megabytes = (name: string) => `${digits(Number(rows[0]?.[name]) / 1e6)} MB`
  return {
    operation: `Database of ${digits(accounts.users)} users with five sessions each`,
    ours: `${megabytes('whole')}: users ${megabytes('users')}, sessions ${megabytes('sessions')}`,
    against: '',
    theirs: '',
    ratio: '',
    goal: '',
    holds: '',
  }
}

/** Whether many accounts are as fast as few. */
export async function growth(lab: Laboratory): Promise<Row[]> {
  const users = lab.quick ? MANY_FOR_QUICK : MANY
  const data = await makeOurData(lab.postgres, { database: 'many', users })
  const size = await sizeOnDisk(data)
  const many = await serve(data)
  const few = await serve(await makeOurData(lab.postgres, { database: 'few', users: FEW }))
  try {
    return [...(await compareSizes(lab, many, few)), await checkPlans(lab, many), size]
  } finally {
    await many.server.stop()
    await few.server.stop()
  }
}

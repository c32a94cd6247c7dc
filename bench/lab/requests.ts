import type { BetterAuthSystem } from '../systems/better-auth.ts'
import type { FastApiSystem } from '../systems/fastapi.ts'
import type { OurData } from '../systems/ours.ts'
import {
  type Accounts,
  addressOf,
  PASSWORD,
  SESSIONS_PER_USER,
  sessionNumbers,
  signIns,
  tokensOfSession,
  userId,
} from './accounts.ts'
import type { Chain, LoadRequest } from './load.ts'

/** Each may ask 600 times a minute. */
const SESSIONS_IN_USE = 3_000
/** So many more that a large table is not read at a few places only. */
const SESSIONS_OF_MANY = 20_000
const MANY_USERS = 10_000
/** Nobody signs in from here on. */
const FIRST_FREE_ADDRESS = 100_000

/** What one contender is asked, many sessions in turn. */
export type Requests = {
  /** GETs a path with each session's access token. */
  get(path: string): LoadRequest[]
  signIn(path: string): LoadRequest[]
}

function inUse({ users }: Accounts): number {
  return users < MANY_USERS ? SESSIONS_IN_USE : SESSIONS_OF_MANY
}

function free(n: number): string {
  return addressOf(FIRST_FREE_ADDRESS + n)
}

function bearers(accounts: Accounts, path: string, tokenOf: (n: number) => string): LoadRequest[] {
  return sessionNumbers(accounts, inUse(accounts)).map((n) => ({
    method: 'GET',
    path,
    headers: { authorization: `Bearer ${tokenOf(n)}`, 'x-forwarded-for': free(n) },
  }))
}

function passwords(path: string, field: 'identifier' | 'email', headers: Record<string, string> = {}) {
  return signIns().map(
    ({ email, address }): LoadRequest => ({
      method: 'POST',
      path,
      headers: { ...headers, 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ [field]: email, password: PASSWORD }),
    }),
  )
}

export function ourRequests({ config, accounts }: OurData): Requests {
  return {
    get: (path) => bearers(accounts, path, (n) => tokensOfSession(config, accounts, n).accessToken),
    signIn: (path) => passwords(path, 'identifier'),
  }
}

export function fastApiRequests({ tokens }: FastApiSystem, accounts: Accounts): Requests {
  return {
    get: (path) => bearers(accounts, path, (n) => tokens[n]?.access ?? ''),
    signIn: (path) => passwords(path, 'identifier'),
  }
}

export function betterAuthRequests({ cookies, server }: BetterAuthSystem, accounts: Accounts): Requests {
  return {
    get: (path) =>
      sessionNumbers(accounts, inUse(accounts)).map((n) => ({
        method: 'GET',
        path,
        headers: { cookie: cookies[n] ?? '' },
      })),
    signIn: (path) => passwords(path, 'email', { origin: server.base }),
  }
}

/** The users of the same sessions, by primary key. */
export function bareRequests(accounts: Accounts): LoadRequest[] {
  return sessionNumbers(accounts, inUse(accounts)).map((n) => ({
    method: 'GET',
    path: `/users/${userId(Math.floor(n / SESSIONS_PER_USER))}`,
    headers: {},
  }))
}

function chainsOf({ config, accounts }: OurData, numbers: number[]): Chain[] {
  return numbers.map((n) => ({
    token: tokensOfSession(config, accounts, n).refreshToken,
    address: free(n),
  }))
}

export function ourChains(data: OurData): Chain[] {
  return chainsOf(data, sessionNumbers(data.accounts, inUse(data.accounts)))
}

/** Some that are not in use, where there are many. */
export function spareChains(data: OurData, count: number): Chain[] {
  const used = sessionNumbers(data.accounts, inUse(data.accounts))
  return chainsOf(
    data,
    used.slice(-count).map((n) => n + 1),
  )
}

export function fastApiChains({ tokens }: FastApiSystem, accounts: Accounts): Chain[] {
  return sessionNumbers(accounts, inUse(accounts)).map((n) => ({
    token: tokens[n]?.refresh ?? '',
    address: free(n),
  }))
}

/** Whether a body shows a user that we made. */
export function showsUser(body: string): boolean {
  return /"email":"user-\d+@example\.com"/.test(body)
}

/** Whether a body shows all sessions of a user. */
export function showsSessions(body: string): boolean {
  return body.includes(`"total_sessions":${SESSIONS_PER_USER}`)
}

/** Whether a body is that of a sign-in. */
export function showsSignIn(body: string): boolean {
  return showsUser(body) && /"(access_token|token)":"[^"]{20,}"/.test(body)
}

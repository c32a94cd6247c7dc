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
/** No address may be the address of somebody who signs in. */
const FIRST_FREE_ADDRESS = 100_000

const json = { 'content-type': 'application/json' }

/** The same request from many sessions. */
export function fromSessions({ config, accounts }: OurData, path: string): LoadRequest[] {
  return sessionNumbers(accounts, SESSIONS_IN_USE).map((n) => ({
    method: 'GET',
    path,
    headers: {
      authorization: `Bearer ${tokensOfSession(config, accounts, n).accessToken}`,
      'x-forwarded-for': addressOf(FIRST_FREE_ADDRESS + n),
    },
  }))
}

/** Whether a body shows a user that we made. */
export function showsUser(body: string): boolean {
  return /"email":"user-\d+@example\.com"/.test(body)
}

/** The users of the same sessions, by primary key. */
export function bareRequests(accounts: Accounts): LoadRequest[] {
  return sessionNumbers(accounts, SESSIONS_IN_USE).map((n) => ({
    method: 'GET',
    path: `/users/${userId(Math.floor(n / SESSIONS_PER_USER))}`,
    headers: {},
  }))
}

export function refreshChains({ config, accounts }: OurData): Chain[] {
  return sessionNumbers(accounts, SESSIONS_IN_USE).map((n) => ({
    token: tokensOfSession(config, accounts, n).refreshToken,
    address: addressOf(FIRST_FREE_ADDRESS + n),
  }))
}

export function loginRequests(): LoadRequest[] {
  return signIns().map(({ email, address }) => ({
    method: 'POST',
    path: '/api/v1/auth/login',
    headers: { ...json, 'x-forwarded-for': address },
    body: JSON.stringify({ identifier: email, password: PASSWORD }),
  }))
}

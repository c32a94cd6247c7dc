import { setTimeout as delay } from 'node:timers/promises'
import { BASE, type Json, print, step } from './demo/steps.ts'
import { trade } from './demo/trading.ts'

/*
 * A new user's whole journey, over HTTP, against a server that runs: `make dev` in one terminal, `make demo` in
 * another. Every line it prints is what the server really answered.
 */

const MAIL_WAIT_MS = 15_000

const tag = Date.now().toString(36)
const email = `ada-${tag}@example.com`
const username = `ada-${tag}`
const passwords = {
  first: 'violet-tangent-9-harbour',
  second: 'copper-lantern-4-orchard',
  third: 'silent-meadow-7-compass',
}

type StoredMail = { to: string; subject: string; text: string }

async function readMail(subject: RegExp): Promise<StoredMail> {
  const deadline = Date.now() + MAIL_WAIT_MS
  for (;;) {
    const response = await fetch(`${BASE}/dev/mailbox`, { headers: { accept: 'application/json' } })
    const { mails }: Json = await response.json()
    const mail = mails.find(({ to, subject: text }: StoredMail) => to === email && subject.test(text))
    if (mail !== undefined) return mail
    if (Date.now() > deadline)
      throw new Error(`no mail "${subject.source}" for ${email} in the development mailbox`)
    await delay(100)
  }
}

async function readCode(title: string, subject: RegExp): Promise<string> {
  const mail = await readMail(subject)
  const code = /^(\d{6})$/m.exec(mail.text)?.[1] ?? ''
  print(`\n${title}\n  ${BASE}/dev/mailbox  →  "${mail.subject}", code ${code}`)
  return code
}

async function register(): Promise<Json> {
  const form = { name: 'Ada Byron', email, username, password: passwords.first }
  await step('A username that nobody has', 200, 'POST', '/auth/check-username', { username })
  await step('Register', 201, 'POST', '/auth/register', form)
  await step('Sign in before the address is verified: refused', 401, 'POST', '/auth/login', {
    identifier: email,
    password: passwords.first,
  })
  const code = await readCode('The code from the mailbox', /verification code/)
  return step('Verify: the account exists and is signed in', 200, 'POST', '/auth/verify', {
    identifier: email,
    verification_code: code,
  })
}

async function useTheAccount(first: Json): Promise<Json> {
  await step('The profile', 200, 'GET', '/users/me', undefined, `${first.access_token}`)
  const profile = { name: 'Ada King', country_code: 44, phone: '+44 20 7183 8750' }
  await step('Change the profile', 200, 'PUT', '/users/me', profile, `${first.access_token}`)
  const second = await step('Sign in on a second device', 200, 'POST', '/auth/login', {
    identifier: username,
    password: passwords.first,
  })
  await step('Both sessions', 200, 'GET', '/sessions', undefined, `${second.access_token}`)
  const refreshed = await step('Refresh: a new pair', 200, 'POST', '/auth/refresh', {
    refresh_token: second.refresh_token,
  })
  const change = { current_password: passwords.first, new_password: passwords.second }
  await step('Change the password', 200, 'PUT', '/users/me/password', change, `${refreshed.access_token}`)
  await step(
    'The first device is signed out by that',
    401,
    'GET',
    '/users/me',
    undefined,
    `${first.access_token}`,
  )
  return refreshed
}

async function forgetThePassword(signedIn: Json): Promise<Json> {
  await step('Forgot the password', 200, 'POST', '/auth/forgot-password', { identifier: email })
  const code = await readCode('The code from the mailbox', /password reset code/)
  const check = { identifier: email, verification_code: code }
  await step('The code is right', 200, 'POST', '/auth/check-verification-code', check)
  await step('Set a new password', 200, 'POST', '/auth/reset-password', {
    ...check,
    new_password: passwords.third,
  })
  await step('That ended every session', 401, 'GET', '/users/me', undefined, `${signedIn.access_token}`)
  return step('Sign in with the new password', 200, 'POST', '/auth/login', {
    identifier: email,
    password: passwords.third,
  })
}

async function leave(signedIn: Json): Promise<void> {
  const credentials = { identifier: email, password: passwords.third }
  const other = await step('Sign in once more', 200, 'POST', '/auth/login', credentials)
  const { sessions } = await step('The sessions', 200, 'GET', '/sessions', undefined, `${other.access_token}`)
  await step(
    'End one of them',
    200,
    'DELETE',
    `/sessions/${sessions.at(-1).id}`,
    undefined,
    `${other.access_token}`,
  )
  await step('It is dead at once', 401, 'GET', '/users/me', undefined, `${signedIn.access_token}`)
  await step('Log out', 200, 'POST', '/auth/logout', {}, `${other.access_token}`)
  const last = await step('Sign in a last time', 200, 'POST', '/auth/login', credentials)
  await step(
    'What happened to the account',
    200,
    'GET',
    '/users/me/activity?limit=3',
    undefined,
    `${last.access_token}`,
  )
  await step('Delete the account', 200, 'DELETE', '/users/me', undefined, `${last.access_token}`)
  await step('It is gone', 401, 'POST', '/auth/login', credentials)
}

async function main(): Promise<void> {
  print(`CrypAlgos API at ${BASE}: a new user's journey`)
  const first = await register()
  const changed = await useTheAccount(first)
  const signedIn = await forgetThePassword(changed)
  await trade(`${signedIn.access_token}`)
  await leave(signedIn)
  print('\nAll steps went as they should.')
}

main().catch((error: unknown) => {
  const refused = error instanceof TypeError && error.message === 'fetch failed'
  const problem = refused
    ? `No server answers at ${BASE}. Start one with "make dev" in another terminal.`
    : error
  process.stderr.write(`\n${problem instanceof Error ? problem.message : problem}\n`)
  process.exit(1)
})

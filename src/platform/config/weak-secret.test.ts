import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { readConfig } from '../config.ts'
import { ConfigError } from './config-error.ts'
import { weakness } from './weak-secret.ts'

const ACCESS = 'Vb2Cw8Xn5Qy7Lk3Jh9Gf1Ds6Az4Po0Iu2Yt'
const REFRESH = 'Mn3Bv9Cx1Zl7Kj5Hg2Fd8Sa4Qw6Er0Ty3Ui'
const PRODUCTION = {
  APP_ENV: 'production',
  DATABASE_URL: 'postgresql://api:k3ep-0ut@db.internal:5432/accounts',
  ACCESS_TOKEN_SECRET_KEY: ACCESS,
  REFRESH_TOKEN_SECRET_KEY: REFRESH,
  SMTP_URL: 'smtps://mailer:pw@mail.internal:465',
  RESEND_FROM_EMAIL: 'accounts@crypalgos.test',
  TRUSTED_PROXIES: 'none',
}

function faultsOf(env: Record<string, string>, role?: 'web' | 'worker' | 'migrate'): ConfigError {
  try {
    readConfig(env, '/nowhere', role)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  return assert.fail('the settings were accepted')
}

const hex = (text: string) => Buffer.from(text).toString('hex')
const base64 = (text: string) => Buffer.from(text).toString('base64')

const WEAK: [string, string][] = [
  ['one character', 'a'.repeat(64)],
  ['two characters in no order', 'abaabbabbbaababaabbabababbabaabb'],
  ['nine different characters', '918273645819283746519283746591827364'],
  ['a repeated word', 'Tr4d1ng!'.repeat(5)],
  ['a repeated half', 'kX9vQ2mZ7pL4wR8tkX9vQ2mZ7pL4wR8t'],
  ['a repeated pattern with a counter', 'token-A1x token-B2x token-C3x token-D4x'],
  ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789'],
  ['the alphabet backwards', 'ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210'],
  ['sequences beside each other', 'abc123def456ghi789jkl012mno345pqr678'],
  ['the keyboard', 'qwertyuiopasdfghjklzxcvbnm1234567890'],
  ['the keyboard in mixed case', 'QwErTyUiOpAsDfGhJkLzXcVbNm!@#$%^&*()'],
  ['the placeholder of .env.example', 'change-me-to-a-long-random-access-secret'],
  ['the placeholder of the FastAPI version', 'your-secret-key-here-make-it-long-and-random'],
  ['a word for a secret', 'MySuperSecretSigningKey2024!ForTrading'],
  ['a word for a password', 'P4ss!adm1n?Passw0rd#2026$Trading%Bot&'],
  ["FastAPI's tutorial", '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7'],
  ["FastAPI's tutorial in capitals", '09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7'],
  ['a published key inside a longer one', 'x9-hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FYG-Onbc6mxCcYg'],
  ['jwt.io', 'a-string-secret-at-least-256-bits-long'],
  ['a weak text in hexadecimal digits', hex('changeme'.repeat(4))],
  ['a weak text in Base64', base64('super-secret-key-for-production!')],
]

describe('a secret in production', () => {
  for (const [what, secret] of WEAK) {
    it(`is refused by name where it is ${what}, with the way to make one and without its value`, () => {
      assert.ok(Buffer.byteLength(secret) >= 32, secret)
      for (const name of ['ACCESS_TOKEN_SECRET_KEY', 'REFRESH_TOKEN_SECRET_KEY']) {
        const { faults, message } = faultsOf({ ...PRODUCTION, [name]: secret })
        assert.deepEqual(
          faults.map((fault) => fault.name),
          [name],
        )
        assert.match(message, /can be guessed \(.+\); make one with: openssl rand -base64 48/)
        assert.ok(!message.includes(secret))
      }
    })
  }

  it('is refused where only an older key in the list is weak', () => {
    const { faults } = faultsOf({ ...PRODUCTION, ACCESS_TOKEN_SECRET_KEY: `${ACCESS},${'ab12'.repeat(9)}` })
    assert.deepEqual(
      faults.map(({ name }) => name),
      ['ACCESS_TOKEN_SECRET_KEY'],
    )
  })

  it('may be weak in development', () => {
    const env = { ACCESS_TOKEN_SECRET_KEY: 'a', REFRESH_TOKEN_SECRET_KEY: 'a', APP_ENV: 'development' }
    assert.deepEqual(readConfig(env, '/nowhere').tokens.accessSecrets, ['a'])
  })
})

test('a random secret of 32 bytes or more is never refused, in hexadecimal digits, Base64 or Base64url', () => {
  // Without bias, as a generator of secrets is; the usual arbitraries favour small and repeated values.
  const secret = fc.noBias(fc.uint8Array({ minLength: 32, maxLength: 64 }))
  fc.assert(
    fc.property(secret, (bytes) => {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        const text = Buffer.from(bytes).toString(encoding)
        assert.equal(weakness(text), undefined, text)
      }
    }),
    { numRuns: 2_000 },
  )
})

const SHARED: [string, Record<string, string>, string][] = [
  ['equal token secrets', { REFRESH_TOKEN_SECRET_KEY: ACCESS }, 'REFRESH_TOKEN_SECRET_KEY'],
  [
    'token secrets that differ in their end',
    { REFRESH_TOKEN_SECRET_KEY: `${ACCESS}-2` },
    'REFRESH_TOKEN_SECRET_KEY',
  ],
  [
    'token secrets that differ in their start',
    { REFRESH_TOKEN_SECRET_KEY: `r-${ACCESS}` },
    'REFRESH_TOKEN_SECRET_KEY',
  ],
  [
    'a token secret as the password of the database',
    { DATABASE_URL: `postgresql://api:${ACCESS}@db/a` },
    'DATABASE_URL',
  ],
  [
    'a token secret as the password of mail',
    { SMTP_URL: `smtps://mailer:${REFRESH}@mail.internal` },
    'SMTP_URL',
  ],
  [
    'the password of the database as that of mail',
    { SMTP_URL: 'smtps://m:k3ep-0ut@mail.internal' },
    'SMTP_URL',
  ],
  ['a token secret as the key of Resend', { RESEND_API_TOKEN: ACCESS }, 'RESEND_API_TOKEN'],
]

for (const [what, change, name] of SHARED) {
  test(`production refuses ${what}`, () => {
    const { faults, message } = faultsOf({ ...PRODUCTION, ...change })
    assert.deepEqual(
      faults.map((fault) => fault.name),
      [name],
    )
    assert.match(message, /shares a secret, or a part of one, with [A-Z_]+; make one for each/)
    assert.ok(!message.includes(ACCESS))
  })
}

const EXAMPLES: [string, string][] = [
  ['DATABASE_URL', 'postgresql://crypalgos:change-me@db/crypalgos'],
  ['DATABASE_URL', 'postgresql://crypalgos:crypalgos@db:5432/crypalgos'],
  ['DATABASE_URL', 'postgresql://postgres:p%6Fstgres@db/crypalgos'],
  ['DATABASE_URL', 'postgresql://trader:trader@db/crypalgos'],
  ['DATABASE_DIRECT_URL', 'postgresql://trader:Password123@db/crypalgos'],
  ['DATABASE_DIRECT_URL', 'postgresql://trader:12345678@db/crypalgos'],
  ['SMTP_URL', 'smtp://user:password@mail.internal:587'],
  ['SMTP_URL', 'smtp://user:your-password@mail.internal:587'],
  ['RESEND_API_TOKEN', 're_xxxxxxxxx'],
  ['RESEND_API_TOKEN', 're_123456789'],
]

for (const [name, value] of EXAMPLES) {
  test(`production refuses ${name}=${value}, development takes it`, () => {
    const { faults } = faultsOf({ ...PRODUCTION, [name]: value })
    assert.deepEqual(
      faults.map((fault) => fault.name),
      [name],
    )
    const env = { [name]: value, ACCESS_TOKEN_SECRET_KEY: 'a', REFRESH_TOKEN_SECRET_KEY: 'b' }
    assert.equal(readConfig(env, '/nowhere').environment, 'development')
  })
}

test('a URL without a password, or with one that is not well encoded, is no example', () => {
  for (const DATABASE_URL of [
    'postgresql:///accounts?host=/run/postgresql',
    'postgresql://api:%zz@db/accounts',
  ]) {
    assert.equal(readConfig({ ...PRODUCTION, DATABASE_URL }, '/nowhere').environment, 'production')
  }
})

describe('a program in production', () => {
  const { APP_ENV, DATABASE_URL, RESEND_FROM_EMAIL, SMTP_URL } = PRODUCTION

  it('that migrates needs the database alone', () => {
    const config = readConfig({ APP_ENV, DATABASE_URL }, '/nowhere', 'migrate')
    assert.deepEqual([config.tokens.accessSecrets, config.tokens.refreshSecrets], [[], []])
    assert.match(faultsOf({ APP_ENV }, 'migrate').message, /^ {2}DATABASE_URL is needed in production/m)
  })

  it('that runs all jobs needs the refresh secret and mail, and neither the access secret nor proxies', () => {
    const env = { APP_ENV, DATABASE_URL, SMTP_URL, RESEND_FROM_EMAIL, REFRESH_TOKEN_SECRET_KEY: REFRESH }
    assert.deepEqual(readConfig(env, '/nowhere', 'worker').tokens.accessSecrets, [])
    const { faults } = faultsOf({ APP_ENV, DATABASE_URL }, 'worker')
    assert.deepEqual(
      faults.map(({ name }) => name),
      ['REFRESH_TOKEN_SECRET_KEY', 'MAIL_TRANSPORT', 'RESEND_FROM_EMAIL'],
    )
  })

  it('that answers HTTP and leaves jobs to others needs no mail', () => {
    const { SMTP_URL: _, RESEND_FROM_EMAIL: __, ...env } = PRODUCTION
    assert.equal(readConfig({ ...env, WORKER_IN_WEB: 'false' }, '/nowhere').environment, 'production')
    assert.deepEqual(
      faultsOf(env).faults.map(({ name }) => name),
      ['MAIL_TRANSPORT', 'RESEND_FROM_EMAIL'],
    )
  })
})

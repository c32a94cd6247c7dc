import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ConfigError } from './config/config-error.ts'
import { type Config, readConfig } from './config.ts'

const EXAMPLE = join(import.meta.dirname, '../../.env.example')
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
type Env = Record<string, string | undefined>

let root = ''
before(() => {
  root = mkdtempSync(join(tmpdir(), 'config-'))
})
after(() => {
  rmSync(root, { recursive: true })
})

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(root, 'files-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

function faultsOf(env: Env, folder: string = root): { error: ConfigError; names: string[] } {
  try {
    readConfig(env, folder)
  } catch (error) {
    if (error instanceof ConfigError) return { error, names: error.faults.map((fault) => fault.name) }
    throw error
  }
  return assert.fail('the settings were taken')
}

test('without any setting development starts with made secrets, the mailbox and an embedded database', () => {
  const config = readConfig({}, root)
  assert.deepEqual(config, {
    environment: 'development',
    debug: false,
    host: '127.0.0.1',
    port: 8000,
    corsAllowedOrigins: ['http://localhost:3000', 'http://localhost:5173'],
    trustedProxies: [],
    cookieDomain: undefined,
    devAllowedHosts: [],
    dataFolder: join(root, '.data'),
    database: { url: undefined, directUrl: undefined, poolSize: 10, preparedStatements: true },
    tokens: { ...config.tokens, algorithm: 'HS256', accessMinutes: 30, refreshMinutes: 10_080 },
    maxSessionsPerUser: 4,
    mail: {
      transport: 'mailbox',
      fromEmail: 'no-reply@localhost',
      fromName: 'CrypAlgos',
      resendToken: undefined,
      resendBaseUrl: undefined,
      smtpUrl: undefined,
    },
    strategies: { maxPerUser: 100, maxVersions: 500, bytesPerUser: 2 ** 26 },
    market: {
      maxUploadBytes: 2 ** 30,
      uploadSeconds: 3_600,
      storageBytesPerUser: 2 ** 31,
      maxImportsPerUser: 4,
      exchangeBaseUrl: undefined,
    },
    backtests: {
      threads: Math.max(1, availableParallelism() - 1),
      cacheBytes: 96 * 1024 * 1024,
      memoryBytes: 384 * 1024 * 1024,
      maxRunBytes: 288 * 1024 * 1024,
      readBytes: 96 * 1024 * 1024,
      maxRunSeconds: 600,
      maxUnfinishedPerUser: 100,
      resultBytesPerUser: 2 ** 30,
      workPerUserAndDay: 100_000_000_000,
    },
    logLevel: 'info',
    webConcurrency: 1,
    workerInWeb: true,
    workerJobs: 'all',
  } satisfies Config)
  assert.notDeepEqual(config.tokens.accessSecrets, config.tokens.refreshSecrets)
  assert.deepEqual(readConfig({}, root).tokens, config.tokens, 'the made secrets stay')
})

test('only the secret that is not given is made', () => {
  const kept = readConfig({}, root).tokens
  const access = readConfig({ ACCESS_TOKEN_SECRET_KEY: 'short, keys' }, root).tokens
  assert.deepEqual([access.accessSecrets, access.refreshSecrets], [['short', 'keys'], kept.refreshSecrets])
  const refresh = readConfig({ REFRESH_TOKEN_SECRET_KEY: 'mine' }, root).tokens
  assert.deepEqual([refresh.accessSecrets, refresh.refreshSecrets], [kept.accessSecrets, ['mine']])
  const both = readConfig({
    ACCESS_TOKEN_SECRET_KEY: 'a',
    REFRESH_TOKEN_SECRET_KEY: 'b',
    DATA_FOLDER: '/dev/null/x',
  })
  assert.equal(both.dataFolder, '/dev/null/x', 'nothing is made, so nothing is written')
})

test('an address of exchanges is taken without its last slash, and refused where it is none', () => {
  const { market } = readConfig({ EXCHANGE_BASE_URL: 'http://127.0.0.1:9/', STORAGE_MB_PER_USER: '5' }, root)
  assert.deepEqual([market.exchangeBaseUrl, market.storageBytesPerUser], ['http://127.0.0.1:9', 5 * 2 ** 20])
  for (const EXCHANGE_BASE_URL of ['here', 'ftp://example.com']) {
    assert.throws(() => readConfig({ EXCHANGE_BASE_URL }, root), /EXCHANGE_BASE_URL must be an address/)
  }
})

test('a full production set is taken as it stands, and by default it allows no origin', () => {
  const config = readConfig(PRODUCTION, root)
  assert.equal(config.environment, 'production')
  assert.equal(config.mail.transport, 'smtp')
  assert.deepEqual(config.corsAllowedOrigins, [])
  assert.deepEqual(config.tokens.accessSecrets, [ACCESS])
  assert.equal(config.database.url, PRODUCTION.DATABASE_URL)
})

const ENVIRONMENTS: [string[], Config['environment'], string][] = [
  [['production', 'prod', 'staging', 'PROD'], 'production', '.env.prod'],
  [['testing', 'test', 'ci'], 'test', '.env.test'],
  [['development', 'dev', ''], 'development', '.env.dev'],
]
const LABELLED = {
  '.env.dev': 'COOKIE_DOMAIN=env.dev',
  '.env.test': 'COOKIE_DOMAIN=env.test',
  '.env.prod': Object.entries(PRODUCTION)
    .filter(([name]) => name !== 'APP_ENV')
    .map((entry) => entry.join('='))
    .concat('COOKIE_DOMAIN=env.prod')
    .join('\n'),
}

for (const [names, environment, file] of ENVIRONMENTS) {
  for (const name of names) {
    test(`APP_ENV or ENV "${name}" means ${environment} and reads ${file}`, () => {
      const folder = folderWith(LABELLED)
      for (const env of [{ APP_ENV: name }, { ENV: name }, { APP_ENV: name, ENV: 'ci' }]) {
        if (name === '' && 'ENV' in env && env.ENV === 'ci') continue
        const config = readConfig(env, folder)
        assert.equal(config.environment, environment)
        assert.equal(`.${config.cookieDomain}`, file)
      }
    })
  }
}

test('an empty APP_ENV leaves the choice to ENV', () => {
  assert.equal(readConfig({ APP_ENV: '', ENV: 'ci' }, root).environment, 'test')
})

test('ENV_FILE wins over the environment name in the choice of the file, not in that of the environment', () => {
  const folder = folderWith({ ...LABELLED, 'other.env': 'COOKIE_DOMAIN=other.env' })
  const config = readConfig({ ENV_FILE: 'other.env', APP_ENV: 'ci' }, folder)
  assert.deepEqual([config.environment, config.cookieDomain], ['test', 'other.env'])
})

test('a file of ENV_FILE may name its environment, and the process wins over it', () => {
  const folder = folderWith({ 'a.env': 'ENV=dev\nAPP_ENV=ci' })
  assert.equal(readConfig({ ENV_FILE: 'a.env' }, folder).environment, 'test')
  assert.equal(readConfig({ ENV_FILE: join(folder, 'a.env'), ENV: 'dev' }, root).environment, 'development')
})

test('an ENV_FILE called .env.prod is held to the rules of production even where no environment is named', () => {
  assert.equal(readConfig({ ENV_FILE: '.env.prod' }, folderWith(LABELLED)).environment, 'production')
})

test('a named file that is missing is a fault', () => {
  const { names, error } = faultsOf({ ENV_FILE: 'nowhere.env' })
  assert.deepEqual(names, ['ENV_FILE'])
  assert.match(
    error.message,
    /^One setting is not usable \(read from the environment\):\n {2}ENV_FILE names a file/,
  )
})

test('a file that cannot be read is a fault by its name', () => {
  const folder = folderWith({})
  mkdirSync(join(folder, '.env.dev'))
  assert.deepEqual(faultsOf({}, folder).names, ['.env.dev'])
  assert.deepEqual(faultsOf({ ENV_FILE: '.env.dev' }, folder).names, ['ENV_FILE'])
})

test('the environment wins over the file, and an empty value there means the default', () => {
  const folder = folderWith({
    '.env.dev': 'PORT=9000 # taken\nDEBUG=False # off\nWEB_CONCURRENCY=\nHOST=0.0.0.0\n',
  })
  const config = readConfig({ HOST: '', WEB_CONCURRENCY: ' ' }, folder)
  assert.deepEqual(
    [config.port, config.debug, config.webConcurrency, config.host],
    [9000, false, 1, '127.0.0.1'],
  )
  assert.equal(readConfig({ PORT: '9001' }, folder).port, 9001)
})

for (const name of ['APP_ENV', 'ENV']) {
  test(`an unknown ${name} is a fault, beside the others`, () => {
    assert.deepEqual(faultsOf({ [name]: 'live', PORT: 'x' }).names, [name, 'PORT'])
  })
}

const READ: [Env, (config: Config) => unknown, unknown][] = [
  ...['true', '1', 'yes', 'on', 'TRUE', 'y', 't'].map((word): [Env, (config: Config) => unknown, unknown] => [
    { DEBUG: word },
    (config) => [config.debug, config.logLevel],
    [true, 'debug'],
  ]),
  ...['False', '0', 'no', 'off', 'n', 'f', ''].map((word): [Env, (config: Config) => unknown, unknown] => [
    { DEBUG: word },
    (config) => config.debug,
    false,
  ]),
  [{ DEBUG: 'on', LOG_LEVEL: 'WARNING' }, (config) => config.logLevel, 'warn'],
  [{ LOG_LEVEL: 'critical' }, (config) => config.logLevel, 'fatal'],
  [{ LOG_LEVEL: 'silent' }, (config) => config.logLevel, 'silent'],
  [{ PORT: '0' }, (config) => config.port, 0],
  [{ HOST: '::' }, (config) => config.host, '::'],
  [{ HOST: 'localhost' }, (config) => config.host, 'localhost'],
  [{ JWT_ALGORITHMS: 'hs512' }, (config) => config.tokens.algorithm, 'HS512'],
  [{ REFRESH_TOKEN_EXPIRE_MINUTES: '43200' }, (config) => config.tokens.refreshMinutes, 43_200],
  [{ WORKER_IN_WEB: 'no' }, (config) => config.workerInWeb, false],
  [{ DATABASE_PREPARED_STATEMENTS: 'off' }, (config) => config.database.preparedStatements, false],
  [{ DATA_FOLDER: 'kept' }, (config) => config.dataFolder.endsWith('/kept'), true],
  [{ COOKIE_DOMAIN: '.example.com' }, (config) => config.cookieDomain, 'example.com'],
  [
    { CORS_ALLOWED_ORIGINS: ' https://a.example , http://localhost:8080,' },
    (config) => config.corsAllowedOrigins,
    ['https://a.example', 'http://localhost:8080'],
  ],
  [
    { TRUSTED_PROXIES: '10.0.0.2, 172.16.0.0/12,fd00::/8, ::1' },
    (config) => config.trustedProxies,
    ['10.0.0.2', '172.16.0.0/12', 'fd00::/8', '::1'],
  ],
  [
    { DEV_ALLOWED_HOSTS: 'API, 10.0.0.2,::1' },
    (config) => config.devAllowedHosts,
    ['api', '10.0.0.2', '::1'],
  ],
  [{ TRUSTED_PROXIES: 'None' }, (config) => config.trustedProxies, []],
  [{ ACCESS_TOKEN_SECRET_KEY: 'new, old' }, (config) => config.tokens.accessSecrets, ['new', 'old']],
  [{ RESEND_API_TOKEN: 're_1', SMTP_URL: 'smtp://h' }, (config) => config.mail.transport, 'resend'],
  [
    { SMTP_URL: 'smtp://h:25' },
    (config) => [config.mail.transport, config.mail.smtpUrl],
    ['smtp', 'smtp://h:25'],
  ],
  [{ RESEND_API_TOKEN: 're_1', MAIL_TRANSPORT: 'mailbox' }, (config) => config.mail.transport, 'mailbox'],
  [{ RESEND_BASE_URL: 'http://127.0.0.1:1' }, (config) => config.mail.resendBaseUrl, 'http://127.0.0.1:1'],
  [
    { RESEND_FROM_EMAIL: 'a@b.example', RESEND_FROM_NAME: 'Ünï & Co' },
    (config) => [config.mail.fromEmail, config.mail.fromName],
    ['a@b.example', 'Ünï & Co'],
  ],
]

for (const [env, pick, expected] of READ) {
  test(`${JSON.stringify(env)} is read as ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(pick(readConfig(env, root)), expected)
  })
}

const COMPAT = 'uselibpqcompat=true'
const URLS: [string, string][] = [
  ['postgres://u:p@h/d', 'postgresql://u:p@h/d'],
  ['postgresql+asyncpg://u:p%40@h:6432/d', 'postgresql://u:p%40@h:6432/d'],
  ['postgresql+psycopg2://h/d?application_name=x', 'postgresql://h/d?application_name=x'],
  ['postgresql:///d?host=/var/run/postgresql', 'postgresql:///d?host=/var/run/postgresql'],
  ['postgresql+asyncpg://h/d?ssl=require', `postgresql://h/d?sslmode=require&${COMPAT}`],
  ['postgresql://h/d?sslmode=Require', `postgresql://h/d?sslmode=require&${COMPAT}`],
  ['postgresql://h/d?ssl=true', `postgresql://h/d?sslmode=verify-full&${COMPAT}`],
  ['postgresql://h/d?sslmode=disable', `postgresql://h/d?sslmode=disable&${COMPAT}`],
  [
    'postgresql://h/d?sslmode=verify-ca&sslrootcert=/ca',
    `postgresql://h/d?sslmode=verify-ca&sslrootcert=%2Fca&${COMPAT}`,
  ],
]

for (const [given, expected] of URLS) {
  test(`the database URL ${given} becomes ${expected}`, () => {
    const { url, directUrl } = readConfig({ DATABASE_URL: given, DATABASE_DIRECT_URL: given }, root).database
    assert.deepEqual([url, directUrl], [expected, expected])
  })
}

const REFUSED: [string, string[]][] = [
  ['DEBUG', ['maybe', '2']],
  ['PORT', ['-1', '65536', '80.5', '1e3', '0x50', ' 8000 9000', 'eighty', '99999999999']],
  ['HOST', ['http://localhost', 'a b', 'localhost:8000', '-x']],
  ['DATABASE_POOL_SIZE', ['0', 'many']],
  ['DATABASE_PREPARED_STATEMENTS', ['perhaps']],
  ['JWT_ALGORITHMS', ['none', 'RS256', 'HS256,HS512', 'constructor', '__proto__']],
  ['ACCESS_TOKEN_EXPIRE_MINUTES', ['0', '1441']],
  ['REFRESH_TOKEN_EXPIRE_MINUTES', ['0', '43201', '29']],
  ['MAX_SESSIONS_PER_USER', ['0', '101']],
  ['WEB_CONCURRENCY', ['0', '65', 'auto']],
  ['WORKER_IN_WEB', ['sometimes']],
  ['LOG_LEVEL', ['loud', 'toString']],
  ['MAIL_TRANSPORT', ['pigeon']],
  ['SMTP_URL', ['http://mail', 'mail.example.com:25', 'smtp://', 'smtp:mail']],
  ['RESEND_BASE_URL', ['ftp://x', 'x']],
  ['RESEND_FROM_EMAIL', ['A <a@b.example>', 'nobody', 'a@b@c', 'a b@c']],
  ['RESEND_FROM_NAME', ['a <b>', 'say "x"', 'a\nBcc: b']],
  [
    'COOKIE_DOMAIN',
    ['https://example.com', 'example.com/x', 'example.com:80', '127.0.0.1', 'a..b', 'a;b', '..a'],
  ],
  [
    'CORS_ALLOWED_ORIGINS',
    [
      '*',
      'https://*.a.example',
      'https://a.example/',
      'https://a.example/x',
      'a.example',
      'null',
      'https://A.example',
      'ftp://a.example',
      'https://u@a.example',
    ],
  ],
  [
    'TRUSTED_PROXIES',
    [
      'loopback',
      '10.0.0.0/33',
      '::/129',
      'fe80::1%eth0',
      '0.0.0.0/0',
      '10.0.0.0/8/8',
      '10.0.0',
      'none,10.0.0.1',
      '10.0.0.0/',
      '10.0.0.0/08',
    ],
  ],
  [
    'DATABASE_URL',
    [
      'mysql://h/d',
      'localhost:5432/d',
      'postgresql:h/d',
      'postgresql://h',
      'postgresql://h/',
      'postgresql:///d',
      'postgresql://u:p#w@h/d',
      'postgresql://h:port/d',
      'postgresql://h/d?sslmode=prefer',
      'postgresql://h/d?ssl=verify-ca',
    ],
  ],
  ['DATABASE_DIRECT_URL', ['x']],
  ['DEV_ALLOWED_HOSTS', ['http://api.example', 'api:8000', '*', 'a b']],
]

for (const [name, values] of REFUSED) {
  test(`${name} is refused by name and never shown where it is wrong`, () => {
    for (const value of values) {
      const { error, names } = faultsOf({ [name]: value })
      assert.deepEqual(names, [name], value)
      if (value.length > 7) assert.ok(!error.message.includes(value), value)
    }
  })
}

test('a transport without what it needs is refused by the name of what is missing', () => {
  assert.deepEqual(faultsOf({ MAIL_TRANSPORT: 'resend' }).names, ['RESEND_API_TOKEN'])
  assert.deepEqual(faultsOf({ MAIL_TRANSPORT: 'smtp' }).names, ['SMTP_URL'])
})

test('a data folder that cannot hold the secrets is a fault', () => {
  assert.deepEqual(faultsOf({ DATA_FOLDER: '/dev/null/x' }).names, ['DATA_FOLDER'])
})

const UNFIT: [string, Env, string][] = [
  ['DEBUG on', { DEBUG: 'true' }, 'DEBUG'],
  ['no database', { DATABASE_URL: '' }, 'DATABASE_URL'],
  [
    "the example's database",
    { DATABASE_URL: 'postgresql://crypalgos:change-me@localhost:5432/crypalgos' },
    'DATABASE_URL',
  ],
  [
    "the example's direct database",
    { DATABASE_DIRECT_URL: 'postgresql://u:change-me@h/d' },
    'DATABASE_DIRECT_URL',
  ],
  ['no access secret', { ACCESS_TOKEN_SECRET_KEY: '' }, 'ACCESS_TOKEN_SECRET_KEY'],
  ['no refresh secret', { REFRESH_TOKEN_SECRET_KEY: ' , ' }, 'REFRESH_TOKEN_SECRET_KEY'],
  [
    'a default secret',
    { ACCESS_TOKEN_SECRET_KEY: 'your-secret-key-that-nobody-ever-changed' },
    'ACCESS_TOKEN_SECRET_KEY',
  ],
  ['a secret of 31 bytes', { ACCESS_TOKEN_SECRET_KEY: ACCESS.slice(0, 31) }, 'ACCESS_TOKEN_SECRET_KEY'],
  ['a short older secret', { REFRESH_TOKEN_SECRET_KEY: `${REFRESH},short` }, 'REFRESH_TOKEN_SECRET_KEY'],
  ['a secret listed twice', { ACCESS_TOKEN_SECRET_KEY: `${ACCESS},${ACCESS}` }, 'ACCESS_TOKEN_SECRET_KEY'],
  ['equal secrets', { REFRESH_TOKEN_SECRET_KEY: ACCESS }, 'REFRESH_TOKEN_SECRET_KEY'],
  [
    'secrets that share an older key',
    { REFRESH_TOKEN_SECRET_KEY: `${REFRESH},${ACCESS}` },
    'REFRESH_TOKEN_SECRET_KEY',
  ],
  ['no mail transport', { SMTP_URL: undefined }, 'MAIL_TRANSPORT'],
  ['the mailbox', { MAIL_TRANSPORT: 'mailbox' }, 'MAIL_TRANSPORT'],
  ['no address that mails come from', { RESEND_FROM_EMAIL: undefined }, 'RESEND_FROM_EMAIL'],
  ['a wildcard origin', { CORS_ALLOWED_ORIGINS: '*' }, 'CORS_ALLOWED_ORIGINS'],
  ['no word on proxies', { TRUSTED_PROXIES: undefined }, 'TRUSTED_PROXIES'],
]

for (const [what, change, name] of UNFIT) {
  test(`production refuses ${what} and names ${name}`, () => {
    for (const environment of ['production', 'staging']) {
      assert.deepEqual(faultsOf({ ...PRODUCTION, ...change, APP_ENV: environment }).names, [name])
    }
  })
}

test('all faults are reported at once, with the file, what to do, and no secret', () => {
  const folder = folderWith({
    '.env.prod': 'ACCESS_TOKEN_SECRET_KEY=hush-hush\nPORT=none\nDATABASE_URL=mysql://root:pa55@h/d',
  })
  const { error, names } = faultsOf({ APP_ENV: 'prod' }, folder)
  assert.deepEqual(names.toSorted(), [
    'ACCESS_TOKEN_SECRET_KEY',
    'DATABASE_URL',
    'MAIL_TRANSPORT',
    'PORT',
    'REFRESH_TOKEN_SECRET_KEY',
    'RESEND_FROM_EMAIL',
    'TRUSTED_PROXIES',
  ])
  assert.match(error.message, /^7 settings are not usable \(read from the environment and \.env\.prod\):/)
  assert.match(error.message, /\.env\.example explains every setting/)
  assert.doesNotMatch(error.message, /hush|pa55/)
})

test('nothing is written where the settings are refused', () => {
  const folder = folderWith({})
  faultsOf({ PORT: 'x' }, folder)
  assert.throws(() => readFileSync(join(folder, '.data/secrets.json')), { code: 'ENOENT' })
})

function namesInExample(): string[] {
  const lines = readFileSync(EXAMPLE, 'utf8').matchAll(/^# ?([A-Z][A-Z0-9_]*)=/gm)
  return Array.from(lines, ([, name = '']) => name)
}

test('.env.example names every setting that is read, once, and nothing else', () => {
  const read = new Set<string>()
  const watched = new Proxy<Env>(
    {},
    {
      get(_target, name) {
        read.add(String(name))
        return undefined
      },
    },
  )
  readConfig(watched, root)
  assert.deepEqual(namesInExample().toSorted(), [...read].toSorted())
})

test('a copied .env.example starts in development and in tests, as if nothing were set', () => {
  const text = readFileSync(EXAMPLE, 'utf8')
  const folder = folderWith({ '.env.dev': text, '.env.test': text })
  assert.deepEqual(
    { ...readConfig({}, folder), tokens: 0, dataFolder: 0 },
    { ...readConfig({}, root), tokens: 0, dataFolder: 0 },
  )
  assert.equal(readConfig({ APP_ENV: 'test' }, folder).environment, 'test')
})

test('.env.example with every comment taken away is still what it says, and production refuses its values by name', () => {
  const text = readFileSync(EXAMPLE, 'utf8').replace(/^# ?(?=[A-Z][A-Z0-9_]*=)/gm, '')
  const development = readConfig({}, folderWith({ '.env.dev': text }))
  assert.deepEqual(
    { ...development, tokens: 0, database: 0, dataFolder: 0 },
    { ...readConfig({}, root), tokens: 0, database: 0, dataFolder: 0 },
  )
  const { names } = faultsOf({ APP_ENV: 'prod' }, folderWith({ '.env.prod': text }))
  assert.deepEqual([...new Set(names)].toSorted(), [
    'ACCESS_TOKEN_SECRET_KEY',
    'DATABASE_URL',
    'MAIL_TRANSPORT',
    'REFRESH_TOKEN_SECRET_KEY',
  ])
})

test('any value of any setting is either taken or refused by a known name, and never shown', () => {
  const names = namesInExample()
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer().map(String),
    fc.webUrl(),
    fc.ipV6(),
    fc.emailAddress(),
  )
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names.filter((name) => name !== 'DATA_FOLDER')), value),
      (env) => {
        const secret = 'Unlikely-Secret-Value'
        try {
          readConfig({ ...env, SMTP_URL: `:${secret}`, ENV_FILE: '' }, root)
          assert.fail('the wrong SMTP_URL was taken')
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error))
          assert.ok(error.faults.every((fault) => names.includes(fault.name)))
          assert.ok(!error.message.includes(secret))
        }
      },
    ),
  )
})

test('a process for backtests and imports alone needs the database and nothing else, in production too', () => {
  const { APP_ENV, DATABASE_URL } = PRODUCTION
  const env = { APP_ENV, DATABASE_URL, WORKER_JOBS: 'trading' }
  const config = readConfig(env, root, 'worker')
  assert.deepEqual([config.environment, config.workerJobs], ['production', 'trading'])
  assert.deepEqual(config.tokens.accessSecrets, [])
  assert.deepEqual(faultsOf({ APP_ENV, WORKER_JOBS: 'trading' }).names.includes('DATABASE_URL'), true)
})

test('a web process needs all of its settings whatever its jobs are said to be', () => {
  const { APP_ENV, DATABASE_URL } = PRODUCTION
  const { names } = faultsOf({ APP_ENV, DATABASE_URL, WORKER_JOBS: 'trading' })
  assert.ok(names.includes('ACCESS_TOKEN_SECRET_KEY'))
  assert.equal(readConfig({ ...PRODUCTION, WORKER_JOBS: 'trading' }, root).workerJobs, 'all')
  assert.throws(
    () => readConfig({ ...PRODUCTION, WORKER_JOBS: 'mails' }, root, 'worker'),
    /WORKER_JOBS must be/,
  )
})

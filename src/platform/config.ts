import { join, relative, resolve } from 'node:path'
import { type BacktestSettings, readBacktestSettings } from './config/backtest-settings.ts'
import { ConfigError } from './config/config-error.ts'
import { type DatabaseSettings, readDatabaseSettings } from './config/database-settings.ts'
import { type Environment, type ProcessEnv, readSource, type Source } from './config/environment.ts'
import { keptSecrets } from './config/kept-secrets.ts'
import { type MailSettings, readMailSettings } from './config/mail-settings.ts'
import { type MarketSettings, readMarketSettings } from './config/market-settings.ts'
import { type NetworkSettings, readNetworkSettings } from './config/network-settings.ts'
import { type Settings, settingsFrom } from './config/settings.ts'
import { passwordOf, refuseSharedSecrets } from './config/shared-secrets.ts'
import { readStrategySettings, type StrategySettings } from './config/strategy-settings.ts'
import { readTokenSettings, type TokenSettings } from './config/token-settings.ts'

/** Every setting, checked. `.env.example` explains them. */
export type Config = NetworkSettings & {
  /** Staging counts as production. */
  environment: Environment
  debug: boolean
  /** Absolute; what development keeps between starts. */
  dataFolder: string
  database: DatabaseSettings
  tokens: TokenSettings
  maxSessionsPerUser: number
  mail: MailSettings
  market: MarketSettings
  backtests: BacktestSettings
  strategies: StrategySettings
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** Web processes. */
  webConcurrency: number
  /** Whether the web process runs the jobs too. */
  workerInWeb: boolean
  /** What a job process runs: everything, or what needs no secret and no mail. */
  workerJobs: 'all' | 'trading'
}

const ROOT = join(import.meta.dirname, '../..')

const LOG_LEVELS = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  fatal: 'fatal',
  critical: 'fatal',
  silent: 'silent',
} as const

function readDebug(settings: Settings): boolean {
  const debug = settings.flag('DEBUG', false)
  if (debug && settings.environment === 'production') settings.fault('DEBUG', 'must be off in production')
  return debug
}

const WORKER_JOBS = { all: 'all', trading: 'trading' } as const

/** A program that is started: one that answers HTTP, one for jobs alone, or the migrations. */
export type Role = 'web' | 'worker' | 'migrate'

type Program = { role: Role; workerJobs: Config['workerJobs']; workerInWeb: boolean }

/** What a program works with. Production demands these settings alone, so that no service holds secrets in vain. */
function needsOf({ role, workerJobs, workerInWeb }: Program) {
  const isWeb = role === 'web'
  const runsAllJobs = role === 'worker' ? workerJobs === 'all' : isWeb && workerInWeb
  return { http: isWeb, mail: runsAllJobs, accessSecret: isWeb, refreshSecret: isWeb || runsAllJobs }
}

/** The same settings where production demands nothing. */
function undemanding(settings: Settings): Settings {
  return { ...settings, environment: 'test' }
}

function readAll(settings: Settings, root: string, role: Role): Config {
  const debug = readDebug(settings)
  const wantedJobs = settings.choice('WORKER_JOBS', WORKER_JOBS) ?? 'all'
  const workerJobs = role === 'worker' ? wantedJobs : 'all'
  const workerInWeb = settings.flag('WORKER_IN_WEB', true)
  const needs = needsOf({ role, workerJobs, workerInWeb })
  const config: Config = {
    environment: settings.environment,
    debug,
    ...readNetworkSettings(needs.http ? settings : undemanding(settings)),
    dataFolder: resolve(root, settings.text('DATA_FOLDER') ?? '.data'),
    database: readDatabaseSettings(settings),
    tokens: readTokenSettings(settings, needs),
    maxSessionsPerUser: settings.integer('MAX_SESSIONS_PER_USER', { fallback: 4, min: 1, max: 100 }),
    mail: readMailSettings(needs.mail ? settings : undemanding(settings)),
    market: readMarketSettings(settings),
    backtests: readBacktestSettings(settings),
    strategies: readStrategySettings(settings),
    logLevel: settings.choice('LOG_LEVEL', LOG_LEVELS) ?? (debug ? 'debug' : 'info'),
    webConcurrency: settings.integer('WEB_CONCURRENCY', { fallback: 1, min: 1, max: 64 }),
    workerInWeb,
    workerJobs,
  }
  refuseSharedSecrets(settings, [
    { name: 'ACCESS_TOKEN_SECRET_KEY', secrets: config.tokens.accessSecrets },
    { name: 'REFRESH_TOKEN_SECRET_KEY', secrets: config.tokens.refreshSecrets },
    { name: 'DATABASE_URL', secrets: [passwordOf(config.database.url)] },
    { name: 'SMTP_URL', secrets: [passwordOf(config.mail.smtpUrl)] },
    { name: 'RESEND_API_TOKEN', secrets: [config.mail.resendToken] },
  ])
  return config
}

function withKeptSecrets(config: Config, settings: Settings): Config {
  const { tokens, dataFolder, workerJobs, environment } = config
  if (workerJobs === 'trading' || environment === 'production') return config
  const missing = [tokens.accessSecrets, tokens.refreshSecrets].some((secrets) => secrets.length === 0)
  if (!missing) return config
  try {
    const { access, refresh } = keptSecrets(dataFolder)
    const accessSecrets = tokens.accessSecrets.length > 0 ? tokens.accessSecrets : [access]
    const refreshSecrets = tokens.refreshSecrets.length > 0 ? tokens.refreshSecrets : [refresh]
    return { ...config, tokens: { ...tokens, accessSecrets, refreshSecrets } }
  } catch {
    settings.fault(
      'DATA_FOLDER',
      'must be a folder that can be written, and its secrets.json whole; delete a damaged one',
    )
    return config
  }
}

function describe(source: Source, root: string): string {
  return source.file === undefined ? '' : ` and ${relative(root, source.file)}`
}

/**
 * Reads and checks all settings; nothing else in the program reads the environment. Outside production it makes
 * the secrets that are not given and keeps them in the data folder.
 * @throws ConfigError that names every fault and no value
 */
export function readConfig(env: ProcessEnv = process.env, root: string = ROOT, role: Role = 'web'): Config {
  const source = readSource(env, root)
  const faults = [...source.faults]
  const settings = settingsFrom(source, faults)
  const checked = readAll(settings, root, role)
  const config = faults.length === 0 ? withKeptSecrets(checked, settings) : checked
  if (faults.length > 0) throw new ConfigError(faults, describe(source, root))
  return config
}

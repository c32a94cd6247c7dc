import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { readConfig } from '../src/platform/config.ts'

const ROOT = join(import.meta.dirname, '..')
const DIGEST = /^[a-z0-9./-]+:[a-z0-9.-]*\d[a-z0-9.-]*@sha256:[0-9a-f]{64}$/

type Service = {
  image?: string
  build?: unknown
  user?: string
  read_only?: boolean
  cap_drop?: string[]
  cap_add?: string[]
  privileged?: boolean
  security_opt?: string[]
  mem_limit?: string
  pids_limit?: number
  tmpfs?: string[]
  env_file?: unknown
  environment?: Record<string, string>
  networks?: string[]
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, unknown>
  healthcheck?: { disable?: boolean; test?: string[] }
}
type Compose = { services: Record<string, Service>; networks: Record<string, { internal?: boolean }> }

function read(name: string): Compose {
  return parse(readFileSync(join(ROOT, name), 'utf8'), { merge: true })
}

const production = read('docker-compose.yaml')
const development = read('docker-compose-dev.yaml')

function serviceOf({ services }: Compose, name: string): Service {
  return services[name] ?? assert.fail(`there is no service ${name}`)
}

/** The values that a deployment keeps secret, each with a value of its own. */
const SECRETS: Record<string, string> = {
  POSTGRES_PASSWORD: 'superuser-7f3a',
  DATABASE_OWNER_PASSWORD: 'owner-91bc',
  DATABASE_APP_PASSWORD: 'app-52de',
  ACCESS_TOKEN_SECRET_KEY: 'k7Yw2Qn9Vx4Zt1Rb6Mc3Lp8Hd5Jf0GsA',
  REFRESH_TOKEN_SECRET_KEY: 'p3Ue8Ko1Ws6Nd9Xv4Bq7Tm2Yc5Zr0HjL',
  SMTP_URL: 'smtp://mailer:smtp-c4a8@mail.internal:587',
  RESEND_API_TOKEN: '',
}
const SETTINGS: Record<string, string> = { ...SECRETS, RESEND_FROM_EMAIL: 'accounts@crypalgos.example' }

/** What Compose makes of `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. */
function interpolate(text: string): string {
  return text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest = '') => {
    const value = SETTINGS[name]
    if (value) return value
    assert.notEqual(kind, '?', `${name} is demanded`)
    return kind === '-' ? rest : ''
  })
}

function environmentOf(service: Service): Record<string, string> {
  const entries = Object.entries(service.environment ?? {})
  return Object.fromEntries(entries.map(([name, value]) => [name, interpolate(String(value))]))
}

function secretsOf(service: Service): string[] {
  const text = JSON.stringify([environmentOf(service), service.volumes ?? []])
  return Object.entries(SECRETS).flatMap(([name, value]) =>
    value !== '' && text.includes(value) ? [name] : [],
  )
}

describe('docker-compose.yaml', () => {
  for (const [name, service] of Object.entries(production.services)) {
    it(`confines ${name}: no root, no capabilities, no writing, bounds on memory and processes`, () => {
      assert.equal(service.read_only, true)
      assert.deepEqual(service.cap_drop, ['ALL'])
      assert.equal(service.cap_add, undefined)
      assert.equal(service.privileged, undefined)
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'])
      assert.match(service.user ?? '', /^([1-9]\d*:[1-9]\d*|postgres)$/)
      assert.match(service.mem_limit ?? '', /^(\$\{[A-Z]+_MEMORY:-)?[1-9]\d*[mg]\}?$/)
      assert.ok((service.pids_limit ?? 0) >= 64 && (service.pids_limit ?? 0) <= 1024)
      for (const mount of service.tmpfs ?? []) assert.match(mount, /noexec,nosuid,nodev/)
    })

    it(`mounts nothing of the host into ${name} that it could change`, () => {
      for (const volume of service.volumes ?? []) {
        const [source = '', , mode] = volume.split(':')
        assert.ok(!source.startsWith('/') && !/docker\.sock/.test(volume), volume)
        if (source.startsWith('.')) assert.equal(mode, 'ro', volume)
      }
    })

    it(`says whether ${name} is healthy, or why it cannot be asked`, () => {
      const listens = ['proxy', 'api', 'db'].includes(name)
      assert.equal(service.healthcheck?.disable ?? false, !listens)
      assert.equal(Array.isArray(service.healthcheck?.test), listens)
    })
  }

  it('gives each service the secrets that it needs, and no other', () => {
    const secrets = Object.entries(production.services).map(([name, service]) => [name, secretsOf(service)])
    assert.deepEqual(Object.fromEntries(secrets), {
      proxy: [],
      api: ['DATABASE_APP_PASSWORD', 'ACCESS_TOKEN_SECRET_KEY', 'REFRESH_TOKEN_SECRET_KEY'],
      worker: ['DATABASE_APP_PASSWORD', 'REFRESH_TOKEN_SECRET_KEY', 'SMTP_URL'],
      trading: ['DATABASE_APP_PASSWORD'],
      migrate: ['DATABASE_OWNER_PASSWORD'],
      roles: ['POSTGRES_PASSWORD', 'DATABASE_OWNER_PASSWORD', 'DATABASE_APP_PASSWORD'],
      db: ['POSTGRES_PASSWORD'],
    })
    for (const service of Object.values(production.services)) assert.equal(service.env_file, undefined)
  })

  it('gives each program the settings with which it starts in production', () => {
    const start = (name: string, role: 'web' | 'worker' | 'migrate') =>
      readConfig(environmentOf(serviceOf(production, name)), '/nowhere', role)
    const api = start('api', 'web')
    assert.deepEqual([api.environment, api.workerInWeb, api.host], ['production', false, '0.0.0.0'])
    assert.equal(start('worker', 'worker').backtests.threads, 0)
    const trading = start('trading', 'worker')
    assert.deepEqual([trading.workerJobs, trading.backtests.threads], ['trading', 1])
    assert.equal(trading.backtests.maxRunBytes, api.backtests.maxRunBytes)
    assert.equal(start('migrate', 'migrate').environment, 'production')
  })

  it('passes on every setting of .env.example that a program reads, or sets it itself', () => {
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8')
    const names = Array.from(example.matchAll(/^# ?([A-Z][A-Z0-9_]*)=/gm), ([, name = '']) => name)
    const passed = new Set(
      ['api', 'worker', 'trading', 'migrate'].flatMap((name) =>
        Object.keys(environmentOf(serviceOf(production, name))),
      ),
    )
    // Of development, of the file itself, of a pooler that is not here, and of one process with one thing to do.
    const left = [
      'ENV',
      'ENV_FILE',
      'DEBUG',
      'DATA_FOLDER',
      'DATABASE_PREPARED_STATEMENTS',
      'DEV_ALLOWED_HOSTS',
    ]
    assert.deepEqual(names.filter((name) => !passed.has(name)).toSorted(), left.toSorted())
  })

  it('connects nobody to the database as its superuser but the service that makes the roles', () => {
    for (const name of ['api', 'worker', 'trading']) {
      assert.match(
        environmentOf(serviceOf(production, name)).DATABASE_URL ?? '',
        /^postgresql:\/\/crypalgos_app:app-52de@db:/,
      )
    }
    const migrate = environmentOf(serviceOf(production, 'migrate'))
    assert.match(migrate.DATABASE_URL ?? '', /^postgresql:\/\/crypalgos_owner:owner-91bc@db:/)
  })

  it('keeps the database out of reach of the proxy, and the API and the database off the net', () => {
    const networksOf = (name: string) => serviceOf(production, name).networks ?? []
    const reachable = (name: string) =>
      Object.keys(production.services).filter(
        (other) => other !== name && networksOf(other).some((network) => networksOf(name).includes(network)),
      )
    assert.deepEqual(reachable('proxy'), ['api'])
    assert.deepEqual(reachable('db').toSorted(), ['api', 'migrate', 'roles', 'trading', 'worker'])
    for (const name of ['api', 'db', 'migrate', 'roles']) {
      for (const network of networksOf(name))
        assert.equal(production.networks[network]?.internal, true, `${name} ${network}`)
    }
  })

  it('publishes the ports of the proxy alone', () => {
    const published = Object.entries(production.services).filter(([, { ports }]) => ports !== undefined)
    assert.deepEqual(
      published.map(([name]) => name),
      ['proxy'],
    )
  })
})

describe('docker-compose-dev.yaml', () => {
  for (const [name, service] of Object.entries(development.services)) {
    it(`confines ${name}, and opens its ports to this machine alone`, () => {
      assert.deepEqual(service.cap_drop, ['ALL'])
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'])
      assert.ok(
        service.mem_limit !== undefined && service.pids_limit !== undefined && service.user !== undefined,
      )
      for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/)
    })
  }

  it('runs the API as the owner of the schema, who is no superuser', () => {
    const environment = environmentOf(serviceOf(development, 'api'))
    assert.match(environment.DATABASE_URL ?? '', /^postgresql:\/\/crypalgos_owner:/)
    assert.deepEqual(
      readConfig({ ...environment, DATA_FOLDER: '/tmp', ENV_FILE: '/dev/null' }).devAllowedHosts,
      ['api'],
    )
  })
})

describe('images', () => {
  const images = [production, development].flatMap(({ services }) =>
    Object.values(services).flatMap(({ image, build }) =>
      image === undefined || build !== undefined ? [] : [image],
    ),
  )
  const bases = ['Dockerfile', 'Dockerfile.dev', 'deploy/proxy.Dockerfile'].flatMap((name) =>
    Array.from(readFileSync(join(ROOT, name), 'utf8').matchAll(/^FROM (\S+)/gm), ([, image = '']) => image),
  )

  it('are pinned by an exact version and a digest, one digest for each version', () => {
    const all = [...images, ...bases]
    assert.ok(all.length >= 8)
    for (const image of all) assert.match(image, DIGEST)
    const versions = new Set(all.map((image) => image.split('@')[0]))
    assert.equal(new Set(all).size, versions.size)
  })
})

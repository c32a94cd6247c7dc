import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLogger, type Logger } from './logging.ts'

const JWT = `eyJ${'a1'.repeat(20)}.eyJ${'b2'.repeat(20)}.${'c3'.repeat(20)}`

function capture(environment: 'production' | 'test' | 'development' = 'production'): {
  log: Logger
  lines: string[]
} {
  const lines: string[] = []
  const log = createLogger({ environment, logLevel: 'debug' }, { write: (line) => lines.push(line) })
  return { log, lines }
}

function logged(write: (log: Logger) => void): Record<string, unknown> {
  const { log, lines } = capture()
  write(log)
  assert.equal(lines.length, 1)
  assert.ok(lines[0]?.endsWith('}\n'))
  return JSON.parse(lines[0] ?? '')
}

for (const environment of ['production', 'test'] as const) {
  test(`in ${environment} a line is JSON with an ISO time, the level's name and no host name`, () => {
    const { log, lines } = capture(environment)
    log.warn({ user_id: 'u', ms: 1.5, ok: true, none: null }, 'look-up failed')
    const { time, pid, ...rest } = JSON.parse(lines.join(''))
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.equal(pid, process.pid)
    assert.deepEqual(rest, {
      level: 'warn',
      user_id: 'u',
      ms: 1.5,
      ok: true,
      none: null,
      msg: 'look-up failed',
    })
  })
}

test('in development a line is text for people, redacted as well', () => {
  const { log, lines } = capture('development')
  log.info({ password: 'hunter2', to: 'ann@example.com' }, 'hello')
  const text = lines.join('')
  assert.match(text, /INFO.*hello/)
  assert.match(text, /a\*\*\*@example\.com/)
  assert.doesNotMatch(text, /hunter2|ann@|pid/)
})

test('lines below the level are not written', () => {
  const { log, lines } = capture()
  log.trace('quiet')
  assert.deepEqual(lines, [])
})

for (const environment of ['production', 'development']) {
  test(`without a destination a line goes to standard output in ${environment}`, () => {
    const script = `import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'logging.ts'))}
      createLogger({ environment: ${JSON.stringify(environment)}, logLevel: 'info' }).info('here')`
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    })
    assert.match(output, /here/)
  })
}

test('a line that nobody reads is lost, and the log says so to the next reader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const output = openSync(pipe, 'w')
  closeSync(reader)
  const script = `import { closeSync, constants, openSync, readSync } from 'node:fs'
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'logging.ts'))}
    const log = createLogger({ environment: 'production', logLevel: 'info' })
    log.info('nobody is there')
    const reader = openSync(process.argv[1], constants.O_RDONLY | constants.O_NONBLOCK)
    log.info('somebody came')
    const bytes = Buffer.alloc(10_000)
    process.stderr.write(bytes.subarray(0, readSync(reader, bytes)))`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script, pipe], {
    stdio: ['ignore', output, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(output)
  rmSync(folder, { recursive: true })
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ msg, lines_lost }) => [msg, lines_lost]),
    [
      ['somebody came', undefined],
      ['the log could not be written for a while', 1],
    ],
  )
  assert.equal(lines[1].err.code, 'EPIPE')
})

const SECRET_FIELDS = [
  'password',
  'newPassword',
  'current_password',
  'password_hash',
  'pass',
  'access_token',
  'refreshToken',
  'RESEND_API_TOKEN',
  'authorization',
  'Cookie',
  'set-cookie',
  'registration',
  'secret',
  'accessSecrets',
  'api-key',
  'credentials',
  'verification_code',
  'code',
]

for (const field of SECRET_FIELDS) {
  test(`the field ${field} is hidden at any depth, in lists, in child bindings and in errors`, () => {
    const text = JSON.stringify([
      logged((log) => log.info({ [field]: '135790' })),
      logged((log) => log.info({ body: { deep: [{ [field]: '135790' }] } })),
      logged((log) => log.info({ [field]: ['135790', '135790'] })),
      logged((log) => log.child({ [field]: '135790' }).info('x')),
      logged((log) => log.error({ err: Object.assign(new Error('x'), { [field]: '135790' }) })),
      logged((log) => log.error(Object.assign(new Error('x'), { cause: { [field]: 135790 } }))),
    ])
    assert.doesNotMatch(text, /135790/)
  })
}

const KEPT: [string, unknown][] = [
  ['code', 'invalid_code'],
  ['code', 'ECONNREFUSED'],
  ['code', '23505'],
  ['status_code', 200],
  ['has_token', true],
  ['token', null],
  ['country_code', 49],
  ['total', 135790],
  ['path', '/node_modules/@fastify/cookie/plugin.js:135790:7'],
  ['ids', ['0199c0de-0000-7000-8000-000000135790']],
]

for (const [field, value] of KEPT) {
  test(`the field ${field} with ${JSON.stringify(value)} stays as it is`, () => {
    assert.deepEqual(logged((log) => log.info({ [field]: value }))[field], value)
  })
}

const TEXTS: [string, string][] = [
  ['mail to ann.b+c@example.com failed', 'mail to a***@example.com failed'],
  ['<a@b.example>, ß@ü.example', '<a***@b.example>, ß***@ü.example'],
  ['Key (email)=(Ann@Example.com) already exists.', 'Key (email)=(A***@Example.com) already exists.'],
  ['ann＠example.com', 'a***＠example.com'],
  ['ann/x=1@localhost', 'a***@localhost'],
  ['😀joy@example.com', '😀***@example.com'],
  ['at /a/node_modules/@scope/b.js:1', 'at /a/node_modules/@scope/b.js:1'],
  [`jwt ${JWT}!`, 'jwt [hidden]!'],
  ['Authorization: Bearer abc.def', 'Authorization: [hidden] [hidden]'],
  ['sent Basic dXNlcjpwYXNz', 'sent Basic [hidden]'],
  ['postgresql://api:pa55@db.internal/accounts', 'postgresql://[hidden]@db.internal/accounts'],
  ['{"password":"a \\"b\\" c","n":1}', '{"password":[hidden],"n":1}'],
  ["new_password='x y' then", 'new_password=[hidden] then'],
  [
    'Cookie: access_token=abc; registration=def; theme=dark',
    'Cookie: [hidden]; registration=[hidden]; theme=dark',
  ],
  ['the code is 135790', 'the code is [hidden]'],
  ['verification_code=135790&x=1', 'verification_code=[hidden]&x=1'],
  [
    'hash $2b$12$abcdefghijklmnopqrstuv and $argon2id$v=19$m=1,t=2$salt$x',
    'hash [hidden] and [hidden],t=2$salt$x',
  ],
  ['key re_12345678_abc is wrong', 'key [hidden] is wrong'],
]

for (const [text, expected] of TEXTS) {
  test(`${JSON.stringify(text)} is hidden in messages, fields, keys, error messages and stacks`, () => {
    assert.equal(logged((log) => log.info(text)).msg, expected)
    assert.equal(logged((log) => log.info({ note: text })).note, expected)
    const inKey = logged((log) => log.info({ map: { [text]: 1 } })).map
    assert.deepEqual(Object.keys(Object(inKey)), [expected])
    const { err } = logged((log) => log.error({ err: new Error(text) }))
    assert.equal(Object(err).message, expected)
    assert.ok(String(Object(err).stack).startsWith(`Error: ${expected}\n`))
  })
}

test('of any e-mail address only the first letter and the domain can be read', () => {
  fc.assert(
    fc.property(fc.emailAddress(), fc.string({ unit: 'binary' }), (address, around) => {
      const local = address.slice(0, address.lastIndexOf('@'))
      fc.pre(local.length > 3 && !around.includes(local.slice(1)))
      const line = JSON.stringify(
        logged((log) => log.info({ to: address }, `${around} ${address} ${around}`)),
      )
      assert.ok(!line.includes(`${local.slice(1)}@`))
    }),
  )
})

test('whatever is logged, the line is one line of JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string({ unit: 'binary' }), (fields, text) => {
      const { log, lines } = capture()
      log.info({ fields }, text)
      assert.equal(lines.length, 1)
      assert.equal(lines[0]?.indexOf('\n'), lines[0] === undefined ? 0 : lines[0].length - 1)
      assert.equal(JSON.parse(lines[0] ?? '').level, 'info')
    }),
  )
})

test('hostile texts of 100 kB are cut and take no noticeable time', () => {
  const parts = ['a', ':a', '://', 'password', 'code', 'eyJa.', 'eyJ', '"\\', 'otp:', 'basic ', '$2b$', 're_']
  const started = performance.now()
  for (const part of parts) {
    const { msg } = logged((log) => log.info(`${part.repeat(100_000 / part.length)}@`))
    assert.ok(String(msg).length < 20_000)
  }
  assert.ok(performance.now() - started < 2_000)
})

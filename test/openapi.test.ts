import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import { marketFormats } from '../src/market-data/formats.ts'
import { ERROR_CODES } from '../src/platform/errors.ts'
import { ajvFormats } from '../src/platform/http/formats.ts'
import { strategyFormats } from '../src/strategies/formats.ts'
import { accountFormats } from '../src/users/formats.ts'
import { type LocatedOperation, type OpenApi, operationsOf, type Schema } from './openapi.ts'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

let text: string
let document: OpenApi
let operations: LocatedOperation[]

before(async () => {
  const { stdout, stderr } = await run(process.execPath, [join(ROOT, 'scripts/openapi.ts')], {
    cwd: ROOT,
    maxBuffer: MAX_DOCUMENT_BYTES,
  })
  assert.equal(stderr, '')
  text = stdout
  document = JSON.parse(text)
  operations = operationsOf(document)
})

/** Every object in the document, at any depth. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield { ...value }
  for (const inner of Object.values(value)) yield* objectsIn(inner)
}

describe('the OpenAPI document', () => {
  it('passes the strictest rules of the linter without a warning', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crypalgos-openapi-'))
    const file = join(folder, 'openapi.json')
    await writeFile(file, text)
    const linter = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'))
    const options = [
      'lint',
      '--config',
      join(ROOT, 'redocly.yaml'),
      '--format',
      'json',
      '--max-problems',
      '100',
      file,
    ]
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const { stdout } = await run(process.execPath, [linter, ...options], {
      cwd: ROOT,
      env,
      maxBuffer: MAX_DOCUMENT_BYTES,
    }).catch((error) => error)
    await rm(folder, { recursive: true })
    const { totals, problems } = JSON.parse(stdout)
    assert.deepEqual(totals, { errors: 0, warnings: 0, ignored: 0 }, JSON.stringify(problems, null, 2))
  })

  it('is one that a generator of clients can walk: references resolve, operations have names of their own', () => {
    assert.equal(document.openapi, '3.1.0')
    for (const { $ref } of objectsIn(document)) {
      if (typeof $ref !== 'string') continue
      assert.match($ref, /^#\/components\/schemas\/\w+$/)
      assert.ok(document.components.schemas[$ref.slice('#/components/schemas/'.length)] !== undefined, $ref)
    }
    const ids = operations.map(({ operationId }) => operationId)
    assert.equal(new Set(ids).size, ids.length)
    for (const id of ids) assert.match(id, /^[a-z][A-Za-z]+$/)
  })

  it('has the whole contract, and nothing else', () => {
    assert.deepEqual(
      operations.map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`).toSorted(),
      [
        'DELETE /backtests/{id}',
        'DELETE /market/datasets/{id}',
        'DELETE /sessions',
        'DELETE /sessions/{session_id}',
        'DELETE /strategies/{id}',
        'DELETE /users/me',
        'GET /',
        'GET /backtests',
        'GET /backtests/compare',
        'GET /backtests/{id}',
        'GET /backtests/{id}/equity',
        'GET /backtests/{id}/events',
        'GET /backtests/{id}/explain',
        'GET /backtests/{id}/orders',
        'GET /backtests/{id}/report',
        'GET /backtests/{id}/trades',
        'GET /health',
        'GET /health/ready',
        'GET /indicators',
        'GET /indicators/{name}',
        'GET /market/datasets',
        'GET /market/datasets/{id}',
        'GET /market/datasets/{id}/candles',
        'GET /market/exchanges',
        'GET /market/imports',
        'GET /market/imports/{id}',
        'GET /market/imports/{id}/events',
        'GET /market/instruments',
        'GET /metrics',
        'GET /sessions',
        'GET /strategies',
        'GET /strategies/{id}',
        'GET /strategies/{id}/backtests',
        'GET /strategies/{id}/versions',
        'GET /strategies/{id}/versions/{number}',
        'GET /strategies/{id}/versions/{number}/diff',
        'GET /strategy-templates',
        'GET /usage',
        'GET /users/me',
        'GET /users/me/activity',
        'PATCH /backtests/{id}',
        'PATCH /strategies/{id}',
        'POST /auth/check-username',
        'POST /auth/check-verification-code',
        'POST /auth/forgot-password',
        'POST /auth/login',
        'POST /auth/logout',
        'POST /auth/reauthenticate',
        'POST /auth/refresh',
        'POST /auth/register',
        'POST /auth/resend-verification',
        'POST /auth/reset-password',
        'POST /auth/verify',
        'POST /backtests/{id}/cancel',
        'POST /backtests/{id}/verify',
        'POST /market/imports',
        'POST /market/imports/{id}/cancel',
        'POST /sessions/cleanup',
        'POST /strategies',
        'POST /strategies/validate',
        'POST /strategies/{id}/backtests',
        'POST /strategies/{id}/restore',
        'POST /strategies/{id}/versions',
        'POST /strategies/{id}/versions/{number}/restore',
        'POST /users/me/verify-email',
        'PUT /users/me',
        'PUT /users/me/password',
      ],
    )
  })

  it('says of each operation what it is, who may, and all that it answers', () => {
    for (const { operationId, summary, tags, security, responses, path } of operations) {
      assert.ok(summary.length > 5 && tags.length === 1 && Array.isArray(security), operationId)
      const statuses = Object.keys(responses)
      const successes = statuses.filter((status) => status.startsWith('2'))
      assert.equal(successes.length, operationId === 'startBacktest' ? 3 : 1, operationId)
      for (const status of ['400', '500', '503'])
        assert.ok(statuses.includes(status), `${operationId}: ${status}`)
      const needsToken =
        /\/market|\/users|\/sessions|\/strateg|\/backtests|\/indicators|\/usage|reauthenticate/.test(path)
      assert.deepEqual(security, needsToken ? [{ bearer: [] }, { cookie: [] }] : [], operationId)
      assert.equal(statuses.includes('401') || operationId === 'logIn', needsToken || operationId === 'logIn')
    }
  })

  it('may leave out what has a default, and a body without a required field', () => {
    const optional = operations.filter(({ requestBody }) => requestBody?.required === false)
    assert.deepEqual(optional.map(({ operationId }) => operationId).toSorted(), [
      'changeBacktest',
      'createStrategy',
      'logOut',
      'refresh',
      'updateProfile',
      'updateStrategy',
    ])
    const activity = operations.find(({ operationId }) => operationId === 'listActivity')
    assert.deepEqual(
      activity?.parameters?.map(({ name, required }) => [name, required]),
      [
        ['page', false],
        ['limit', false],
      ],
    )
  })
})

describe('the examples of the OpenAPI document', () => {
  const formats = ajvFormats({ ...accountFormats, ...marketFormats, ...strategyFormats })
  const ajv = new Ajv({ strict: false, formats: { ...formats, binary: true } })
  const assertValid = (schema: Schema, value: unknown, where: string) => {
    const name = schema.$ref?.split('/').at(-1) ?? ''
    const validate = ajv.compile(document.components.schemas[name] ?? schema)
    assert.ok(validate(value), `${where}: ${ajv.errorsText(validate.errors)}`)
  }

  it('are there for every request and every answer, and fit their schemas', () => {
    for (const { operationId, requestBody, responses } of operations) {
      const parts = Object.entries({ ...responses, request: requestBody })
      for (const [part, described] of parts) {
        for (const [type, { schema, example, examples }] of Object.entries(described?.content ?? {})) {
          const values = [example, ...Object.values(examples ?? {}).map(({ value }) => value)]
          const given = values.filter((value) => value !== undefined)
          assert.ok(given.length > 0 || type === 'text/plain', `${operationId} ${part} has no example`)
          for (const value of given) assertValid(schema, value, `${operationId} ${part}`)
        }
      }
    }
  })

  it('are errors of the catalogue under their own status, and every code of a route has one', () => {
    const shown = new Set<string>()
    for (const { operationId, responses } of operations) {
      for (const [status, { content, headers }] of Object.entries(responses)) {
        for (const [code, { value }] of Object.entries(content?.['application/json']?.examples ?? {})) {
          const known = Object.entries(ERROR_CODES).find(([name]) => name === code)?.[1]
          assert.equal(String(known?.status), status, `${operationId} ${code}`)
          assert.ok(JSON.stringify(value).includes(`"code":"${code}"`))
          shown.add(code)
        }
        if (status === '429' || status === '503') assert.ok(headers?.['retry-after'] !== undefined)
      }
    }
    // A run fails with it after it was accepted.
    const inRuns = ['gap_too_long']
    const beforeAnyRoute = [
      'not_found',
      'method_not_allowed',
      'request_timeout',
      'headers_too_large',
      'host_not_allowed',
    ]
    assert.deepEqual(
      [...new Set([...shown, ...beforeAnyRoute, ...inRuns])].toSorted(),
      Object.keys(ERROR_CODES).toSorted(),
    )
  })
})

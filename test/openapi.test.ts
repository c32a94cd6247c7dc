import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import { ERROR_CODES } from '../src/platform/errors.ts'
import { accountFormats } from '../src/users/formats.ts'
import { type LocatedOperation, type OpenApi, operationsOf, type Schema } from './openapi.ts'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)

let text: string
let document: OpenApi
let operations: LocatedOperation[]

before(async () => {
  const { stdout, stderr } = await run(process.execPath, [join(ROOT, 'scripts/openapi.ts')], { cwd: ROOT })
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
    const { stdout } = await run(process.execPath, [linter, ...options], { cwd: ROOT, env }).catch(
      (error) => error,
    )
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
        'DELETE /sessions',
        'DELETE /sessions/{session_id}',
        'DELETE /users/me',
        'GET /',
        'GET /health',
        'GET /health/ready',
        'GET /metrics',
        'GET /sessions',
        'GET /users/me',
        'GET /users/me/activity',
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
        'POST /sessions/cleanup',
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
      assert.equal(statuses.filter((status) => status.startsWith('2')).length, 1, operationId)
      for (const status of ['400', '500', '503'])
        assert.ok(statuses.includes(status), `${operationId}: ${status}`)
      const needsToken = /\/users|\/sessions|reauthenticate/.test(path)
      assert.deepEqual(security, needsToken ? [{ bearer: [] }, { cookie: [] }] : [], operationId)
      assert.equal(statuses.includes('401') || operationId === 'logIn', needsToken || operationId === 'logIn')
    }
  })

  it('may leave out what has a default, and a body without a required field', () => {
    const optional = operations.filter(({ requestBody }) => requestBody?.required === false)
    assert.deepEqual(optional.map(({ operationId }) => operationId).toSorted(), [
      'logOut',
      'refresh',
      'updateProfile',
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
  const formats = Object.fromEntries(Object.entries(accountFormats).map(([name, { test }]) => [name, test]))
  const ajv = new Ajv({ strict: false, formats: { ...formats, text: true, uuid: true, 'date-time': true } })
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
    const beforeAnyRoute = ['not_found', 'method_not_allowed', 'request_timeout', 'headers_too_large']
    assert.deepEqual([...shown, ...beforeAnyRoute].toSorted(), Object.keys(ERROR_CODES).toSorted())
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { createClient, randomIp } from '../client.ts'
import { candleLines, csv, upload } from '../market.ts'
import { logIn, OTHER_PASSWORD, readCode, type SignedUp, signUp } from '../people.ts'
import { until } from '../until.ts'
import { useInstances } from './instances.ts'

const instances = useInstances()

/** More than the buffers of both ends of a connection hold, so that an export waits for its reader. */
const CANDLES = 400_000
const LIMIT_MS = 5_000

/** The instance's side of each connection, by the port of its client. */
const connections = new Map<number | undefined, Socket>()
let isRecording = false

function recordConnections(): void {
  if (isRecording) return
  isRecording = true
  instances.app.server.server.on('connection', (socket) => connections.set(socket.remotePort, socket))
}

type LongAnswer = { request: ClientRequest; response: Promise<IncomingMessage>; isOpen(): boolean }

async function open(
  person: SignedUp,
  method: string,
  path: string,
  headers: object = {},
): Promise<LongAnswer> {
  recordConnections()
  const outgoing = request(`${instances.app.url}/api/v1${path}`, {
    method,
    agent: false,
    headers: { authorization: `Bearer ${person.accessToken}`, 'x-forwarded-for': randomIp(), ...headers },
  })
  outgoing.on('error', () => {})
  const response = once(outgoing, 'response').then(([message]) => message as IncomingMessage)
  response.catch(() => {})
  outgoing.flushHeaders()
  const [socket] = (await once(outgoing, 'socket')) as [Socket]
  if (socket.connecting) await once(socket, 'connect')
  const port = socket.localPort
  await until(() => connections.has(port))
  return { request: outgoing, response, isOpen: () => connections.get(port)?.destroyed === false }
}

const FORM = ['exchange', 'symbol', 'timeframe'].map((name, i) => {
  const value = ['kraken', 'ETH/USDT', '1m'][i]
  return `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
})
const FILE = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'

const get = (person: SignedUp, path: string) =>
  createClient(instances.app).get(path, { token: person.accessToken })

async function openUpload(person: SignedUp): Promise<LongAnswer & { importId: string }> {
  const answer = await open(person, 'POST', '/market/imports', {
    'content-type': 'multipart/form-data; boundary=x',
  })
  answer.request.write(`${FORM.join('')}${FILE}${csv(candleLines(2_000))}`)
  const running = async () => (await get(person, '/market/imports?state=running')).data.imports
  await until(async () => (await running()).length === 1)
  return { ...answer, importId: (await running())[0].id }
}

type Ending = [what: string, end: (person: SignedUp) => Promise<{ status: number }>]

const ENDINGS: Ending[] = [
  ['a logout', ({ accessToken: token }) => createClient(instances.twin).post('/auth/logout', {}, { token })],
  [
    'its revocation from another device',
    async (person) => {
      const { data } = await logIn(instances.twin, person)
      const token = data.access_token
      const { data: list } = await createClient(instances.twin).get('/sessions', { token })
      const { id } = list.sessions.find((session: { is_current: boolean }) => !session.is_current)
      return createClient(instances.twin).delete(`/sessions/${id}`, { token })
    },
  ],
  [
    'a reset of the password',
    async ({ email }) => {
      await createClient(instances.twin).post('/auth/forgot-password', { identifier: email })
      const code = await readCode(instances.twin, email)
      const reset = { identifier: email, verification_code: code, new_password: OTHER_PASSWORD }
      return createClient(instances.twin).post('/auth/reset-password', reset)
    },
  ],
  [
    'the deletion of the account',
    ({ accessToken: token }) => createClient(instances.twin).delete('/users/me', { token }),
  ],
]

describe('32. an answer goes on after its session has ended', () => {
  for (const [what, end] of ENDINGS) {
    it(`by ${what} on another instance: a stream, an upload and an export end within 5 s`, async (t) => {
      const person = await signUp(instances.app)
      const { data } = await upload(instances.app, person, csv(candleLines(CANDLES)))
      const receiving = await openUpload(person)
      const events = await open(person, 'GET', `/market/imports/${receiving.importId}/events`)
      const candles = `/market/datasets/${data.dataset_id}/candles`
      const exported = await open(person, 'GET', candles, { accept: 'text/csv' })
      const arrow = await open(person, 'GET', candles, { accept: 'application/vnd.apache.arrow.stream' })
      const answers = [events, exported, arrow]
      const responses = await Promise.all(answers.map(({ response }) => response))
      assert.deepEqual(
        responses.map(({ statusCode }) => statusCode),
        [200, 200, 200],
      )
      assert.ok(answers.every(({ isOpen }) => isOpen()))
      assert.equal((await end(person)).status, 200)
      const ended = performance.now()
      const isLate = () => performance.now() - ended > LIMIT_MS
      let refused: number | undefined
      receiving.response.then(({ statusCode }) => {
        refused = statusCode
      }, assert.fail)
      await until(() => (refused !== undefined && !answers.some(({ isOpen }) => isOpen())) || isLate())
      t.after(() => [receiving, ...answers].map(({ request }) => request.destroy()))
      assert.equal(refused, 401)
      assert.deepEqual(
        answers.map(({ isOpen }) => isOpen()),
        [false, false, false],
      )
      // What is missing shows: the connection was cut, not ended.
      for (const response of responses.slice(1))
        await assert.rejects(response.toArray(), { code: 'ECONNRESET' })
    })
  }

  it('and leaves nothing of an upload, while an answer of another session of the user goes on', async () => {
    const person = await signUp(instances.app)
    const { data } = await logIn(instances.app, person)
    const other = { ...person, accessToken: data.access_token }
    const receiving = await openUpload(other)
    const events = await open(person, 'GET', `/market/imports/${receiving.importId}/events`)
    const stream = await events.response
    await createClient(instances.twin).post('/auth/logout', {}, { token: other.accessToken })
    assert.equal((await receiving.response).statusCode, 401)
    receiving.request.destroy()
    const text = Buffer.concat(await stream.toArray()).toString()
    assert.match(text, /event: failed\n.*"code":"unauthorized"/)
    assert.equal((await get(person, '/market/datasets')).data.datasets.length, 0)
  })
})

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

const ResendMail = Type.Object({
  from: Type.String(),
  to: Type.Array(Type.String()),
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  headers: Type.Record(Type.String(), Type.String()),
})
/** A mail as Resend's API takes it, with the key that makes it one mail however often it is sent. */
export type ResendMail = Static<typeof ResendMail> & { idempotencyKey: string }

export type ResendBehaviour =
  | { kind: 'accept' }
  /** Takes requests and never answers. */
  | { kind: 'silent' }
  /** Takes the mail, then cuts the connection, so that the sender cannot know. */
  | { kind: 'accept-and-hang-up' }
  /** Takes the mail and never says so. */
  | { kind: 'accept-silently' }
  /** Takes the mail, and hangs up in the middle of saying so. */
  | { kind: 'half-an-answer' }
  /** Answers with Resend's error of this status and name; without a name, with a proxy's HTML page. */
  | { kind: 'refuse'; status: number; name?: string; message?: string; retryAfterSeconds?: number }

/** A local HTTP server that speaks `POST /emails` of Resend's API. */
export type TestResendServer = {
  /** For `resendBaseUrl`. */
  url: string
  /** The token it wants to see. */
  token: string
  mails: ResendMail[]
  /** How many requests came, the refused ones too. */
  requests: number
  behave(behaviour: ResendBehaviour): void
  /** Goes down: connections are cut, new ones refused, until `start`. */
  stop(): Promise<void>
  /** Comes back on the same port. */
  start(): Promise<void>
}

const TOKEN = 're_test_token'

type Answer = { status: number; body: object }

function failure(status: number, name: string, message: string): Answer {
  return { status, body: { statusCode: status, name, message } }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** Resend's own rules: token, shape, and one mail a key. */
async function take(mails: ResendMail[], request: IncomingMessage): Promise<Answer> {
  const body = await readJson(request)
  if (request.method !== 'POST' || request.url !== '/emails')
    return failure(404, 'not_found', 'No such endpoint')
  if (request.headers.authorization !== `Bearer ${TOKEN}`)
    return failure(403, 'invalid_api_key', 'API key is invalid')
  if (!Value.Check(ResendMail, body)) return failure(422, 'validation_error', 'A field is missing')
  const mail: ResendMail = { ...body, idempotencyKey: String(request.headers['idempotency-key'] ?? '') }
  const earlier = mails.find(
    ({ idempotencyKey }) => idempotencyKey !== '' && idempotencyKey === mail.idempotencyKey,
  )
  if (earlier === undefined) mails.push(mail)
  else if (JSON.stringify(earlier) !== JSON.stringify(mail)) {
    return failure(
      409,
      'invalid_idempotent_request',
      'Same idempotency key used with a different request payload',
    )
  }
  return { status: 200, body: { id: mail.idempotencyKey } }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function sendHalf(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length })
  response.write(text.slice(0, text.length / 2), () => response.destroy())
}

function refuse(response: ServerResponse, behaviour: Extract<ResendBehaviour, { kind: 'refuse' }>): void {
  const { status, name, message = 'Refused', retryAfterSeconds } = behaviour
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds)
  if (name === undefined) response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Sorry</h1>')
  else send(response, failure(status, name, message))
}

export async function startResendServer(): Promise<TestResendServer> {
  let behaviour: ResendBehaviour = { kind: 'accept' }
  let port = 0
  const http = createServer(async (request, response) => {
    server.requests += 1
    // Otherwise a client could find out only with its next request that `stop` has cut a kept connection.
    response.shouldKeepAlive = false
    if (behaviour.kind === 'silent') return
    if (behaviour.kind === 'refuse') return refuse(response, behaviour)
    const answer = await take(server.mails, request)
    if (behaviour.kind === 'accept') send(response, answer)
    else if (behaviour.kind === 'half-an-answer') sendHalf(response, answer)
    else if (behaviour.kind === 'accept-and-hang-up') response.destroy()
  })
  const server: TestResendServer = {
    url: '',
    token: TOKEN,
    mails: [],
    requests: 0,
    behave(next) {
      behaviour = next
    },
    async stop() {
      if (!http.listening) return
      http.close()
      http.closeAllConnections()
      await once(http, 'close')
    },
    async start() {
      http.listen(port, '127.0.0.1')
      await once(http, 'listening')
      const address = http.address()
      if (address === null || typeof address === 'string')
        throw new Error('the server does not listen on a port')
      port = address.port
      server.url = `http://127.0.0.1:${port}`
    },
  }
  await server.start()
  return server
}

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { readMime } from './read-mime.ts'

export type SmtpMail = {
  messageId: string
  /** The envelope: what the server delivers by. */
  from: string
  to: string[]
  headers: Map<string, string>
  subject: string
  text: string
  html: string
}

export type SmtpBehaviour =
  | { kind: 'accept' }
  /** Takes connections and never says a word. */
  | { kind: 'silent' }
  /** Takes the mail and never says so. */
  | { kind: 'accept-silently' }
  /** Answers with this SMTP reply at this point of the conversation. */
  | { kind: 'refuse'; code: number; reply: string; at: 'greeting' | 'recipient' | 'data' }

export type SmtpServerOptions = {
  /** The credentials that a client must show; none are asked for where they are left out. */
  auth?: { user: string; password: string }
  /** Offers STARTTLS, with a certificate that nobody trusts. */
  tls?: boolean
}

/** A real SMTP server on a port of its own, with the mails it took and a way to misbehave. */
export type TestSmtpServer = {
  port: number
  /** For `SMTP_URL`. */
  url: string
  mails: SmtpMail[]
  /** How many connections were opened so far. */
  connections: number
  behave(behaviour: SmtpBehaviour): void
  /** Goes down: connections are cut, new ones refused, until `start`. */
  stop(): Promise<void>
  /** Comes back on the same port. */
  start(): Promise<void>
}

function refusal(behaviour: SmtpBehaviour, at: string): Error | null {
  if (behaviour.kind !== 'refuse' || behaviour.at !== at) return null
  return Object.assign(new Error(behaviour.reply), { responseCode: behaviour.code })
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function createServer(
  state: Pick<TestSmtpServer, 'mails' | 'connections'>,
  options: SmtpServerOptions,
  behaviour: () => SmtpBehaviour,
) {
  const { auth, tls = false } = options
  const server = new SMTPServer({
    // Said outright, it also keeps the warning about its well-known certificate out of the tests' report.
    logger: false,
    authOptional: auth === undefined,
    allowInsecureAuth: true,
    disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(auth === undefined ? ['AUTH'] : [])],
    disableReverseLookup: true,
    closeTimeout: 1,
    onConnect(_session, callback) {
      state.connections += 1
      if (behaviour().kind !== 'silent') callback(refusal(behaviour(), 'greeting'))
    },
    onAuth({ username, password }, _session, callback) {
      const isKnown = username === auth?.user && password === auth?.password
      callback(isKnown ? null : new Error('Authentication failed'), { user: username })
    },
    onRcptTo(_address, _session, callback) {
      callback(refusal(behaviour(), 'recipient'))
    },
    onData(stream, { envelope }, callback) {
      const receive = async (): Promise<void> => {
        const raw = await readAll(stream)
        if (behaviour().kind === 'silent') return
        const refused = refusal(behaviour(), 'data')
        if (refused === null) {
          const { headers, text, html } = readMime(raw)
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
          const to = envelope.rcptTo.map(({ address }) => address)
          const messageId = headers.get('message-id') ?? ''
          state.mails.push({
            messageId,
            from,
            to,
            headers,
            subject: headers.get('subject') ?? '',
            text,
            html,
          })
        }
        if (behaviour().kind !== 'accept-silently') callback(refused)
      }
      // A client that hangs up in the middle of a mail has sent none.
      receive().catch(() => {})
    },
  })
  // A client that hangs up is no fault of a test.
  server.on('error', () => {})
  return server
}

export async function startSmtpServer(options: SmtpServerOptions = {}): Promise<TestSmtpServer> {
  let behaviour: SmtpBehaviour = { kind: 'accept' }
  let running: SMTPServer | undefined
  const server: TestSmtpServer = {
    port: 0,
    url: '',
    mails: [],
    connections: 0,
    behave(next) {
      behaviour = next
    },
    async stop() {
      const stopping = running
      running = undefined
      await new Promise<void>((resolve) => (stopping === undefined ? resolve() : stopping.close(resolve)))
    },
    async start() {
      running = createServer(server, options, () => behaviour)
      running.listen(server.port, '127.0.0.1')
      await once(running.server, 'listening')
      server.port = addressOf(running).port
    },
  }
  await server.start()
  const credentials = options.auth === undefined ? '' : `${options.auth.user}:${options.auth.password}@`
  server.url = `smtp://${credentials}127.0.0.1:${server.port}`
  return server
}

function addressOf({ server }: SMTPServer): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('the SMTP server does not listen on a port')
  return address
}

import { createTransport, type NodemailerError } from 'nodemailer'
import {
  AUTOMATIC_MAIL_HEADERS,
  type Mail,
  MailError,
  type Mailer,
  SEND_TIMEOUT_MS,
  sendDeadline,
} from './mailer.ts'
import { plainLine } from './plain-line.ts'

export type SmtpOptions = {
  /** `smtp://user:password@host:587`, `smtps://…`; options of the transport as its query (`?requireTLS=true`). */
  url: string
  fromEmail: string
  fromName: string
  timeoutMs?: number
}

/** The faults that lie in the mail itself; all others lie in the connection, the credentials or the server. */
const FAULTS_OF_THE_MAIL = new Set(['EENVELOPE', 'EMESSAGE'])
/** RFC 4954: these 5xx replies ask for (other) credentials. 503 says that the conversation went wrong. */
const REPLIES_OF_A_MISTAKEN_SETTING = new Set([503, 530, 534, 535, 538])

/** What a later attempt can mend: a server that is busy or away, and what an operator set wrong. */
function isRetryable({ code = '', responseCode }: NodemailerError): boolean {
  if (!FAULTS_OF_THE_MAIL.has(code)) return true
  if (responseCode === undefined) return false
  return responseCode < 500 || REPLIES_OF_A_MISTAKEN_SETTING.has(responseCode)
}

function openTransport({ url, fromEmail, fromName, timeoutMs = SEND_TIMEOUT_MS }: SmtpOptions) {
  return createTransport(
    {
      url,
      pool: true,
      maxConnections: 3,
      // Enough for a kept connection that the server has closed meanwhile; the job queue does the rest.
      maxRequeues: 1,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from: { name: plainLine(fromName), address: fromEmail }, headers: AUTOMATIC_MAIL_HEADERS },
  )
}

/** Sends by SMTP over a few kept connections, with a Message-ID that is always the same for the same mail. */
export function openSmtpMailer(options: SmtpOptions): Mailer {
  const { fromEmail, timeoutMs = SEND_TIMEOUT_MS } = options
  const transport = openTransport(options)
  const domain = fromEmail.slice(fromEmail.lastIndexOf('@') + 1)
  return {
    async send({ id, to, subject, text, html }: Mail, signal?: AbortSignal) {
      try {
        await transport.sendMail({
          messageId: `<${id}@${domain}>`,
          // As an object it is one address, whatever characters it holds.
          to: { name: '', address: to },
          subject: plainLine(subject),
          text,
          html,
          signal: sendDeadline(timeoutMs, signal),
        })
      } catch (thrown) {
        const error: NodemailerError = Object(thrown)
        throw new MailError(`SMTP: ${error.code}: ${error.message}`, { retryable: isRetryable(error) })
      }
    },
    async close() {
      transport.close()
    },
  }
}

import { readFile } from 'node:fs/promises'
import type {} from '@fastify/swagger'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { guardMailbox } from '../http/allowed-hosts.ts'
import { findMail, listMailbox, mailboxVersion } from './mailbox.ts'
import { mailboxPage } from './mailbox-page.ts'

const NOT_CACHED = { 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin' }

const PAGE_HEADERS = {
  ...NOT_CACHED,
  vary: 'accept',
  'content-security-policy':
    "default-src 'none';script-src 'self';style-src 'self';img-src data:;connect-src 'self';frame-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
}

/** A mail styles itself inline and may do nothing else; the sandbox holds also where it is opened by itself. */
const MAIL_HEADERS = {
  ...NOT_CACHED,
  // A sandboxed frame has an origin of its own anyway; asking for it makes Chromium complain.
  'origin-agent-cluster': '?0',
  'content-security-policy': "sandbox;default-src 'none';style-src 'unsafe-inline';frame-ancestors 'self'",
}

function wantsJson(accept = ''): boolean {
  return accept.includes('application/json') && !accept.includes('text/html')
}

function readBeside(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8')
}

/** The development mailbox: a page that follows what arrives, or the mails as JSON. Nothing for production: it shows codes. */
export function mailboxRoutes({
  folder,
  config,
}: {
  folder: string
  config: Config
}): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.addHook('onRequest', async (request) => guardMailbox(config, request))
    const [script, style] = await Promise.all([readBeside('mailbox-page.js'), readBeside('mailbox-page.css')])
    const hidden = { schema: { hide: true } }

    app.get(
      '/dev/mailbox',
      { schema: { hide: true, querystring: Type.Object({ mail: Type.Optional(Type.String()) }) } },
      async (request, reply) => {
        const version = await mailboxVersion(folder)
        const entries = await listMailbox(folder)
        reply.headers(PAGE_HEADERS)
        if (wantsJson(request.headers.accept)) return { mails: entries.map(({ mail }) => mail) }
        return reply.type('text/html').send(mailboxPage({ entries, chosenKey: request.query.mail, version }))
      },
    )

    app.get(
      '/dev/mailbox/mails/:key',
      { schema: { hide: true, params: Type.Object({ key: Type.String() }) } },
      async (request, reply) => {
        const mail = await findMail(folder, request.params.key)
        if (mail === undefined)
          throw new AppError('not_found', { detail: 'This mail is not in the mailbox any more.' })
        return reply.headers(MAIL_HEADERS).type('text/html').send(mail.html)
      },
    )

    app.get('/dev/mailbox/version', hidden, async (_, reply) =>
      reply
        .headers(NOT_CACHED)
        .type('text/plain')
        .send(await mailboxVersion(folder)),
    )
    app.get('/dev/mailbox/page.js', hidden, async (_, reply) =>
      reply.headers(NOT_CACHED).type('text/javascript').send(script),
    )
    app.get('/dev/mailbox/page.css', hidden, async (_, reply) =>
      reply.headers(NOT_CACHED).type('text/css').send(style),
    )
  }
}

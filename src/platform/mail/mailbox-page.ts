import { type Html, html } from './html.ts'
import type { MailboxEntry, StoredMail } from './mailbox.ts'

export type MailboxPage = {
  entries: readonly MailboxEntry[]
  /** The mail that the address names; without it a wide page shows the newest, a narrow one the list. */
  chosenKey: string | undefined
  version: string
}

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })

function time(createdAt: string): Html {
  return html`<time datetime="${createdAt}">${TIME.format(new Date(createdAt))} UTC</time>`
}

/** The code of a mail: it stands alone on its line. */
function codeIn({ text }: StoredMail): string | undefined {
  return /^\d{6}$/m.exec(text)?.[0]
}

function listItem({ key, mail }: MailboxEntry, isShown: boolean): Html {
  const code = codeIn(mail)
  return html`<a href="/dev/mailbox?mail=${key}"${isShown ? html` aria-current="true"` : ''}>
<b>${mail.subject}</b>${code === undefined ? '' : html`<code>${code}</code>`}
<span>${mail.to}</span>
${time(mail.created_at)}
</a>
`
}

function codeBar(code: string): Html {
  return html`<div class="code"><code>${code}</code><button type="button" data-code="${code}">Copy</button></div>`
}

function shownMail({ key, mail }: MailboxEntry): Html {
  const code = codeIn(mail)
  return html`<article>
<a class="back" href="/dev/mailbox">← All mails</a>
<h1>${mail.subject}</h1>
<dl><dt>To</dt><dd>${mail.to}</dd><dt>Sent</dt><dd>${time(mail.created_at)}</dd><dt>Id</dt><dd>${mail.id}</dd></dl>
${code === undefined ? '' : codeBar(code)}
<iframe sandbox title="The mail as HTML" src="/dev/mailbox/mails/${key}"></iframe>
<details><summary>Plain text</summary><pre>${mail.text}</pre></details>
</article>`
}

function mails(entries: readonly MailboxEntry[], shown: MailboxEntry): Html {
  return html`<nav aria-label="Mails">${entries.map((entry) => listItem(entry, entry === shown))}</nav>
${shownMail(shown)}`
}

const EMPTY = html`<p class="empty"><b>No mail yet.</b><br>What the server sends appears here by itself: register, and the code arrives within a second.</p>`

/** The development mailbox as a page. Its script and its style sheet lie beside it, so that its policy can be strict. */
export function mailboxPage({ entries, chosenKey, version }: MailboxPage): string {
  const chosen = entries.find(({ key }) => key === chosenKey)
  const shown = chosen ?? entries[0]
  return html`<!doctype html>
<html lang="en" data-version="${version}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Mailbox (${entries.length}) · CrypAlgos</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dev/mailbox/page.css">
<script type="module" src="/dev/mailbox/page.js"></script>
<noscript><meta http-equiv="refresh" content="5"></noscript>
</head>
<body class="${chosen === undefined ? 'list' : 'mail'}">
<header><strong>CrypAlgos</strong> Development mailbox <span class="count">${entries.length} ${entries.length === 1 ? 'mail' : 'mails'}</span></header>
<main>
${shown === undefined ? EMPTY : mails(entries, shown)}
</main>
</body>
</html>
`.markup
}

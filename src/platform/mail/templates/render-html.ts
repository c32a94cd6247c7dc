import { type Html, html, trustedHtml } from '../html.ts'
import type { Block, MailDraft } from './mail-draft.ts'
import { STYLE_SHEET, STYLES, TONES } from './mail-styles.ts'

/** Three candles, drawn with table cells: remote and embedded images are blocked or stripped by many programs. */
const BARS = [
  { height: 12, color: '#7fb8ae' },
  { height: 22, color: '#0e7566' },
  { height: 16, color: '#3f9a8c' },
]

function bar({ height, color }: { height: number; color: string }): Html {
  return html`<td valign="bottom" style="padding:0 3px 0 0;"><div style="width:5px;height:${height}px;border-radius:2px;background-color:${color};font-size:0;line-height:0;">&nbsp;</div></td>`
}

function brand(): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>${BARS.map(bar)}<td valign="bottom" class="ink" style="padding-left:7px;${STYLES.wordmark}">CrypAlgos</td></tr></table>`
}

function fact([label, value]: readonly [label: string, value: string]): Html {
  return html`<tr><td valign="top" class="quiet line" style="${STYLES.label}">${label}</td><td width="100%" valign="top" class="ink line" style="${STYLES.value}"><bdi>${value}</bdi></td></tr>`
}

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'code':
      return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" class="code" style="${STYLES.code}"><tr><td align="center" class="digits ink" style="${STYLES.digits}">${block.code}</td></tr></table>`
    case 'facts':
      return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" class="line" style="${STYLES.facts}">${block.facts.map(fact)}</table>`
    case 'note':
      return html`<p class="quiet line" style="${STYLES.note}">${block.text}</p>`
    case 'paragraph':
      return html`<p class="body" style="${STYLES.paragraph}">${block.text}</p>`
  }
}

function greeting(name: string): Html {
  const words = name === '' ? html`Hello,` : html`Hello <bdi>${name}</bdi>,`
  return html`<p class="body" style="${STYLES.paragraph}">${words}</p>`
}

function card({ topic, tone, title, name, blocks }: MailDraft): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" class="card" style="${STYLES.card}"><tr><td class="inner" style="padding:38px 40px 36px;">
<p class="${tone}" style="${STYLES.topic}color:${TONES[tone]};">${topic}</p>
<h1 class="ink title" style="${STYLES.title}">${title}</h1>
${greeting(name)}
${blocks.map(blockHtml)}
</td></tr></table>`
}

function footer(reason: string): Html {
  return html`<p class="quiet" style="${STYLES.footer}">${reason}</p>
<p class="quiet" style="${STYLES.footer}">We never ask for your password or a code by mail or telephone.</p>`
}

/** The mail as a page that also stands where style sheets are dropped. Nothing in it is loaded from anywhere. */
export function renderHtml(draft: MailDraft): string {
  return html`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<meta name="x-apple-disable-message-reformatting">
<title>${draft.title}</title>
<style>${trustedHtml(STYLE_SHEET)}
</style>
</head>
<body class="page" style="${STYLES.page}">
<div style="${STYLES.preview}">${draft.preview}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="${STYLES.page}"><tr><td align="center" class="outer" style="padding:40px 20px 48px;">
<table role="presentation" width="560" cellpadding="0" cellspacing="0" border="0" style="${STYLES.column}">
<tr><td align="left" style="padding:0 4px 20px;">${brand()}</td></tr>
<tr><td align="left">${card(draft)}</td></tr>
<tr><td align="left" style="padding:22px 4px 0;">${footer(draft.reason)}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`.markup
}

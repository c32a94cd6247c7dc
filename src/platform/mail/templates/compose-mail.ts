import type { Mail } from '../mailer.ts'
import { plainLine } from '../plain-line.ts'
import { greetingName } from './greeting-name.ts'
import type { Block, MailDraft } from './mail-draft.ts'
import { renderHtml } from './render-html.ts'
import { renderText } from './render-text.ts'

export type MailContent = Pick<Mail, 'subject' | 'text' | 'html'>

function cleanBlock(block: Block): Block {
  switch (block.kind) {
    case 'code':
      return { kind: 'code', code: plainLine(block.code) }
    case 'facts':
      return { kind: 'facts', facts: block.facts.map(([label, value]) => [label, plainLine(value)]) }
    default:
      return { kind: block.kind, text: plainLine(block.text) }
  }
}

/** The mail in all its forms, from values that may hold anything. */
export function composeMail(draft: MailDraft): MailContent {
  const clean: MailDraft = { ...draft, name: greetingName(draft.name), blocks: draft.blocks.map(cleanBlock) }
  return { subject: plainLine(draft.subject), text: renderText(clean), html: renderHtml(clean) }
}

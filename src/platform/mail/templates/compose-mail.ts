import type { Mail } from '../mailer.ts'
import { plainLine } from '../plain-line.ts'
import { greetingName } from './greeting-name.ts'
import { renderHtml } from './render-html.ts'
import { renderText } from './render-text.ts'

export type MailContent = Pick<Mail, 'subject' | 'text' | 'html'>

/** A part of a mail, in the order of reading. Values are any text: the renderers make them harmless. */
export type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'note'; text: string }
  | { kind: 'code'; code: string }
  | { kind: 'facts'; facts: readonly (readonly [label: string, value: string])[] }

/** What a mail says, once; the HTML and the plain text are both made of it. */
export type MailDraft = {
  subject: string
  /** What lists of mails show beside the subject, on locked screens too: never a code. */
  preview: string
  /** A word or two over the title. */
  topic: string
  /** `alert` where the reader should act. */
  tone: 'calm' | 'alert'
  title: string
  name: string
  blocks: readonly Block[]
  /** Why the reader gets this mail. */
  reason: string
}

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

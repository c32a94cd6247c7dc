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

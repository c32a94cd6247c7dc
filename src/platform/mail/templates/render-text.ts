import type { Block, MailDraft } from './mail-draft.ts'

function blockText(block: Block): string {
  switch (block.kind) {
    case 'code':
      return block.code
    case 'facts':
      return block.facts.map(([label, value]) => `${label}: ${value}`).join('\n')
    default:
      return block.text
  }
}

/** The mail for programs, and people, that read plain text. A code stands alone on its line. */
export function renderText({ name, title, blocks, reason }: MailDraft): string {
  const greeting = name === '' ? 'Hello,' : `Hello ${name},`
  const footer = `-- \nCrypAlgos\n${reason}\nWe never ask for your password or a code by mail or telephone.`
  return `${[title, greeting, ...blocks.map(blockText), footer].join('\n\n')}\n`
}

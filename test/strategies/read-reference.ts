import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = join(import.meta.dirname, '../../docs/STRATEGY-LANGUAGE.md')

/** What the language reference shows. */
export function readReference() {
  const text = readFileSync(FILE, 'utf8')
  const blocks = [...text.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', body = '']) => ({
    kind,
    body,
  }))
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '')
  return {
    text,
    strategies: blocks.filter(({ kind }) => kind === 'json strategy').map(({ body }) => body),
    json: blocks.filter(({ kind }) => kind === 'json').map(({ body }) => body),
    codes: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    rows: [...prose.matchAll(/^\|(.+)\|$/gm)].map(([, row = '']) =>
      row.split(' | ').map((cell) => cell.trim()),
    ),
  }
}

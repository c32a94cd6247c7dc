import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
/** What feeds the hashes of results. */
const FOLDERS = ['src/numerics', 'src/indicators', 'src/strategies/language', 'src/engine']
/** Exact, or rounded as IEEE 754 says, so the same everywhere. */
const EXACT = 'abs|ceil|floor|imul|max|min|round|sign|sqrt|trunc|E|LN2|LN10|LOG2E|LOG10E|PI|SQRT1_2|SQRT2'
const FORBIDDEN = new RegExp(String.raw`\bMath\b(?!\.(?:${EXACT})\b)(?:\.\w+)?|\*\*=?`, 'g')

/** Each use in a source, comments aside, of what may have other last digits on another machine. */
function findUnportable(source: string): string[] {
  const code = source.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '')
  return code.match(FORBIDDEN) ?? []
}

it('what feeds a hash computes by operations that have the same digits on every machine', () => {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
  const found = files
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => findUnportable(readFileSync(join(ROOT, file), 'utf8')).map((use) => `${file}: ${use}`))
  assert.ok(files.length > 100)
  assert.deepEqual(found, [], 'Use src/numerics, or multiply.')
})

it('such an operation is found however it is written', () => {
  const uses = ['Math.pow(2, 3)', 'const { log } = Math', 'a ** b', 'a **= b', 'Math.sqrt(2) + Math.log2(x)']
  assert.deepEqual(uses.flatMap(findUnportable), ['Math.pow', 'Math', '**', '**=', 'Math.log2'])
  assert.deepEqual(findUnportable('/** Math.sin */ Math.sqrt(Math.PI) // a ** b'), [])
})

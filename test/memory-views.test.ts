import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..')
const HELPERS = 'src/numerics/memory-views.ts'

const DANGERS: [string, RegExp][] = [
  ['the memory under an array', /\.\s*buffer\b|\[\s*['"`]buffer['"`]\s*\]/],
  ['the memory under an array, destructured', /[{,]\s*buffer\s*(?:[,}]|:\s*\w+\s*[,}])[^;]*?[=)]/],
  ['memory that is not cleared', /\ballocUnsafe(?:Slow)?\b/],
]

/** @returns what a source does that only the helpers may do */
function dangersIn(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
  return DANGERS.filter(([, pattern]) => pattern.test(code)).map(([name]) => name)
}

describe('views of memory', () => {
  it('are made by the helpers alone, which keep to the bytes of their array', () => {
    const paths = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts', HELPERS] })
    assert.ok(paths.length > 300)
    const found = paths.flatMap((path) =>
      dangersIn(readFileSync(join(ROOT, path), 'utf8')).map((danger) => `${path}: ${danger}`),
    )
    assert.deepEqual(found, [], `use ${HELPERS}`)
  })

  it('are found in whatever way they are written', () => {
    const sources = [
      'new DataView(bytes.buffer)',
      'Buffer.from(bytes\n  .buffer, 3)',
      'new Uint8Array(bytes?.buffer)',
      "bytes['buffer']",
      'const { buffer } = bytes',
      'const { length, buffer: all } = bytes',
      'const f = ({ buffer }: Uint8Array) => buffer',
      'Buffer.allocUnsafe(8)',
    ]
    for (const source of sources) assert.equal(dangersIn(source).length > 0, true, source)
    for (const source of [
      '// bytes.buffer',
      'const buffer = 1',
      'f(buffers)',
      'batch.buffers(1)',
      'x.bufferSize',
    ])
      assert.deepEqual(dangersIn(source), [], source)
  })
})

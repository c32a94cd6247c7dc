import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseEnvFile } from './env-file.ts'

const CASES: [string, string, string | undefined][] = [
  ['a plain value', 'A=1', '1'],
  ['spaces around both', '  A =  one two  ', 'one two'],
  ['export before the name', 'export A=1', '1'],
  ['an inline comment', 'A=False # off for now', 'False'],
  ['a comment after a tab', 'A=1\t#c', '1'],
  ['a hash inside a value', 'A=postgresql://u:p#w@h/d', 'postgresql://u:p#w@h/d'],
  ['only a comment', 'A=# nothing', ''],
  ['only a comment after a space', 'A= # nothing', ''],
  ['nothing', 'A=', ''],
  ['nothing but spaces before another line', 'A=   \nB=2', ''],
  ['double quotes with a hash and a comment', 'A="x # y" # z', 'x # y'],
  ['single quotes', 'A=\'x "# y"\'', 'x "# y"'],
  ['escapes in double quotes', 'A="a\\n\\"b\\"\\\\ \\d"', 'a\n"b"\\ \\d'],
  ['no escapes in single quotes', "A='a\\nb'", 'a\\nb'],
  ['empty quotes', 'A=""', ''],
  ['a quote that never closes', 'A="x', '"x'],
  ['text after a closing quote', 'A="x"y', '"x"y'],
  ['an equals sign in the value', 'A=b=c==', 'b=c=='],
  ['Windows line ends', 'A=1\r\nB=2\r\n', '1'],
  ['old line ends', 'B=2\rA=1', '1'],
  ['a byte order mark', '\uFEFFA=1', '1'],
  ['the last of two', 'A=1\nA=2', '2'],
  ['a commented line', '# A=1', undefined],
  ['a line that is no assignment', 'A: 1\nno sense\n1A=2', undefined],
]

for (const [what, text, expected] of CASES) {
  test(`parseEnvFile reads ${what}`, () => {
    assert.equal(parseEnvFile(text).get('A'), expected)
  })
}

test('parseEnvFile gives back any single line that was written in double quotes with escapes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const escaped = value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
      assert.equal(parseEnvFile(`X=0\nA="${escaped}" # comment\nB=2`).get('A'), value)
    }),
  )
})

test('parseEnvFile takes any text without throwing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseEnvFile(text)
    }),
  )
})

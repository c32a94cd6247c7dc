import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { atan } from './atan.ts'
import { cos } from './cos.ts'
import { exp } from './exp.ts'
import { ln } from './ln.ts'
import { pow } from './pow.ts'
import { sin } from './sin.ts'
import { tanh } from './tanh.ts'

const bits = new DataView(new ArrayBuffer(8))

/** Where a number stands among all doubles, in order. */
function rank(value: number): bigint {
  bits.setFloat64(0, value)
  const place = bits.getBigInt64(0)
  return place < 0n ? -(place & 0x7fff_ffff_ffff_ffffn) : place
}

/** How many doubles lie from one to the other; the engine's own function may be one off itself. */
function distance(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Object.is(a, b) ? 0 : Number.POSITIVE_INFINITY
  const steps = rank(a) - rank(b)
  return Number(steps < 0n ? -steps : steps)
}

/** Numbers of all sizes from 10^low to 10^high. */
function sized(low: number, high: number): fc.Arbitrary<number> {
  return fc
    .tuple(fc.double({ min: low, max: high, noNaN: true }), fc.boolean())
    .map(([power, isNegative]) => {
      return (isNegative ? -1 : 1) * 10 ** power
    })
}

function assertNear(
  ours: (...values: number[]) => number,
  theirs: (...values: number[]) => number,
  values: fc.Arbitrary<number>[],
  steps: number,
) {
  fc.assert(
    fc.property(fc.tuple(...values), (drawn) => {
      const [value, expected] = [ours(...drawn), theirs(...drawn)]
      assert.ok(distance(value, expected) <= steps, `(${drawn}): ${value}, not ${expected}`)
    }),
    { numRuns: 20_000, seed: 20_261_123 },
  )
}

const positive = (values: fc.Arbitrary<number>) => values.map(Math.abs)

describe('our own elementary functions', () => {
  it('are within two steps of the engine’s own, for arguments of every size', () => {
    assertNear(ln, Math.log, [positive(sized(-323, 308))], 2)
    assertNear(ln, Math.log, [fc.double({ min: 0.5, max: 2, noNaN: true })], 2)
    assertNear(exp, Math.exp, [sized(-20, 2.9)], 2)
    assertNear(sin, Math.sin, [sized(-20, 6.3)], 2)
    assertNear(cos, Math.cos, [sized(-20, 6.3)], 2)
    assertNear(atan, Math.atan, [sized(-20, 20)], 2)
    assertNear(tanh, Math.tanh, [sized(-20, 2)], 3)
    assertNear(pow, Math.pow, [positive(sized(-3, 3)), sized(-2, 2.1)], 2)
    assertNear(pow, Math.pow, [positive(sized(-323, 308)), sized(-3, 0.5)], 2)
  })

  it('are exact to two steps where an angle is next to a multiple of a quarter turn, or huge', () => {
    const multiple = fc.integer({ min: 0, max: 1_000_000 }).map((turns) => (turns * Math.PI) / 2)
    assertNear(sin, Math.sin, [multiple], 2)
    assertNear(cos, Math.cos, [multiple], 2)
    fc.assert(
      fc.property(sized(6.3, 308), (x) => {
        assert.ok(distance(sin(x), Math.sin(x)) <= 2 && distance(cos(x), Math.cos(x)) <= 2, String(x))
      }),
      { numRuns: 300, seed: 1 },
    )
    // The double that lies nearest to a multiple of a quarter turn.
    assert.equal(cos(6381956970095103 * 2 ** 797), -4.687165924254628e-19)
  })

  it('are exact to two steps for powers of what is next to 1, with exponents that make something of it', () => {
    const nearOne = sized(-12, -3).map((distance) => 1 + distance)
    assertNear(pow, Math.pow, [nearOne, sized(5, 12)], 2)
  })

  it('keep their relations: whole powers are exact, e to the ln is the number, circles close', () => {
    for (let exponent = -1074; exponent <= 1023; exponent += 1) assert.equal(pow(2, exponent), 2 ** exponent)
    assert.equal(pow(10, 15), 1e15)
    assert.equal(pow(-3, 5), -243)
    fc.assert(
      fc.property(positive(sized(-300, 300)), sized(-5, 5), (x, angle) => {
        assert.ok(Math.abs(exp(ln(x)) / x - 1) < 1e-12)
        assert.ok(Math.abs(sin(angle) * sin(angle) + cos(angle) * cos(angle) - 1) < 4e-16)
      }),
    )
  })

  it('have the same bits on every machine, which the engine’s own have not', () => {
    const results: number[] = []
    for (let i = 1; i <= 20_000; i++) {
      const x = (i * 0.6180339887498949) % 1
      results.push(
        ln(x),
        exp(40 * x - 20),
        pow(x, 3 - 6 * x),
        sin(1e3 * x),
        cos(1e7 * x),
        atan(9 * x),
        tanh(3 * x),
      )
    }
    const bytes = new DataView(new ArrayBuffer(8 * results.length))
    for (const [i, value] of results.entries()) bytes.setFloat64(8 * i, value)
    assert.equal(
      createHash('sha256').update(bytes).digest('hex'),
      'e1077deed652ae6eeb31f4e596c0bdfc2530de218cfbf547bfe98ced42b62fa9',
    )
  })

  it('answer what the language says at the ends: NaN, zeros of both signs, infinities, subnormal numbers', () => {
    const ends = [
      0,
      1,
      5e-324,
      1e-310,
      2 ** -1022,
      0.5,
      2,
      2.5,
      3,
      1e300,
      2 ** 53,
      2 ** 53 - 1,
      709.78,
      745.2,
    ]
    const values = [...ends, ...ends.map((end) => -end), 1024, -1075, Infinity, -Infinity, Number.NaN]
    const pairs = [
      [ln, Math.log],
      [exp, Math.exp],
      [sin, Math.sin],
      [cos, Math.cos],
      [atan, Math.atan],
      [tanh, Math.tanh],
    ] as const
    for (const value of values) {
      for (const [ours, theirs] of pairs) assertSame(ours(value), theirs(value), `${ours.name}(${value})`)
      for (const power of values) assertSame(pow(value, power), value ** power, `pow(${value}, ${power})`)
    }
  })
})

function assertSame(value: number, expected: number, call: string) {
  const areZeros = value === 0 && expected === 0
  assert.ok(
    areZeros ? Object.is(value, expected) : distance(value, expected) <= 2,
    `${call}: ${value}, not ${expected}`,
  )
}

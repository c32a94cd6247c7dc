import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type TSchema, Type } from 'typebox'
import type { Formats } from './formats.ts'
import { Decimal, IdempotencyHeaders, ValuesByName } from './request-fields.ts'
import { validationError, validatorCompiler } from './validation.ts'

const FORMATS: Formats = {
  even: { test: (text) => text.length % 2 === 0, problem: 'must have an even length', detail: 'is odd' },
}

type Part = 'body' | 'querystring'

/** What the application answers for a value: the detail and the fields, or nothing where it is right. */
function judge(schema: TSchema, value: unknown, httpPart: Part = 'body') {
  const validate = validatorCompiler(FORMATS)({ schema, method: 'POST', url: '/', httpPart })
  if (validate(value) === true) return undefined
  assert.ok('errors' in validate && Array.isArray(validate.errors))
  const { detail, fields, code } = validationError(validate.errors, httpPart, FORMATS)
  assert.equal(code, 'validation_failed')
  return { detail, fields }
}

describe('what is said of a value', () => {
  it('names each missing field', () => {
    const schema = Type.Object({ identifier: Type.String(), new_password: Type.String() })
    assert.deepEqual(judge(schema, {}), {
      detail: 'The e-mail address or username is required. The new password is required.',
      fields: { identifier: 'is required', new_password: 'is required' },
    })
  })

  it('names the right type, with its article', () => {
    const cases: [TSchema, string][] = [
      [Type.Integer(), 'must be an integer'],
      [Type.String(), 'must be a string'],
      [Type.Object({}), 'must be an object'],
      [Type.Array(Type.String()), 'must be an array'],
      [Type.Boolean(), 'must be true or false'],
      [Type.Null(), 'must be null'],
      [Type.Unsafe({ type: ['string', 'null'] }), 'must be a string or null'],
    ]
    for (const [schema, problem] of cases) {
      const wrong = 'type' in schema && schema.type === 'boolean' ? 'yes' : 4.5
      assert.deepEqual(judge(Type.Object({ it: schema }), { it: wrong })?.fields, { it: problem })
    }
  })

  it('names the bounds of lengths and numbers', () => {
    const schema = Type.Object({
      empty: Type.String({ minLength: 1 }),
      short: Type.String({ minLength: 3 }),
      long: Type.String({ maxLength: 2 }),
      low: Type.Integer({ minimum: 5 }),
      high: Type.Integer({ maximum: 5 }),
    })
    assert.deepEqual(judge(schema, { empty: '', short: 'a', long: 'abc', low: 4, high: 6 })?.fields, {
      empty: 'must not be empty',
      short: 'must be at least 3 characters long',
      long: 'must be at most 2 characters long',
      low: 'must be at least 5',
      high: 'must be at most 5',
    })
  })

  it('names the choices', () => {
    const schema = Type.Object({ purpose: Type.Unsafe({ type: 'string', enum: ['one', 'two'] }) })
    assert.deepEqual(judge(schema, { purpose: 'three' })?.fields, { purpose: 'must be one of one, two' })
  })

  it("has a format's own words, for the field and for a person", () => {
    const schema = Type.Object({ word: Type.String({ format: 'even' }), id: Type.String({ format: 'uuid' }) })
    assert.deepEqual(judge(schema, { word: 'abc', id: 'x' }), {
      detail: 'The word is odd. The id must be a UUID.',
      fields: { word: 'must have an even length', id: 'must be a UUID' },
    })
  })

  it('names a place inside a list or an object by its path, and says each fault once', () => {
    const schema = Type.Object({
      list: Type.Array(Type.Object({ name: Type.String({ minLength: 2, format: 'even' }) })),
    })
    assert.deepEqual(judge(schema, { list: [{ name: 'ab' }, { name: '' }, { name: 'abc' }] }), {
      detail: 'The list.1.name must be at least 2 characters long. The list.2.name is odd.',
      fields: {
        'list.1.name': 'must be at least 2 characters long',
        'list.2.name': 'must have an even length',
      },
    })
  })

  it('says how long a list may be, what is missing inside an object, and what is not known', () => {
    const strict = { additionalProperties: false }
    const schema = Type.Object(
      {
        few: Type.Array(Type.Integer(), { maxItems: 1 }),
        one: Type.Array(Type.Integer(), { minItems: 1 }),
        two: Type.Array(Type.Integer(), { minItems: 2 }),
        fees: Type.Object({ maker: Type.Number() }, strict),
      },
      strict,
    )
    assert.deepEqual(judge(schema, { few: [1, 2], one: [], two: [], fees: { takr: 1 }, fee: 1 })?.fields, {
      few: 'must have at most 1 entries',
      one: 'must have at least 1 entry',
      two: 'must have at least 2 entries',
      'fees.maker': 'is required',
      'fees.takr': 'is not known',
      fee: 'is not known',
    })
  })

  it('says at least that the form is wrong where a rule has no words of its own', () => {
    const schema = Type.Object({ number: Type.Integer({ multipleOf: 3 }) })
    assert.deepEqual(judge(schema, { number: 4 })?.fields, { number: 'has the wrong form' })
    const unknown = { keyword: 'format', params: { format: 'no such format' }, instancePath: '/it' }
    assert.deepEqual(validationError([unknown], 'body', {}).fields, { it: 'has the wrong form' })
  })

  it('is about the part where the whole is of the wrong type', () => {
    for (const value of [[], null, 'text', 7, true]) {
      assert.deepEqual(judge(Type.Object({}), value), {
        detail: 'The body must be an object.',
        fields: { body: 'must be an object' },
      })
    }
  })
})

describe('keys from outside', () => {
  const names = ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf']

  it('are refused by their name, whatever objects inherit', () => {
    const schema = Type.Object({}, { additionalProperties: false })
    for (const name of names) {
      const { fields, detail } = judge(schema, JSON.parse(`{"${name}":1}`)) ?? {}
      assert.deepEqual(Object.entries(fields ?? {}), [[name, 'is not known']])
      assert.match(detail ?? '', /^The .+ is not known\.$/)
    }
  })

  it('are quoted in part, and only some of them', () => {
    const schema = Type.Object({}, { additionalProperties: false })
    const long = judge(schema, { ['x'.repeat(5_000)]: 1, '\0\ud800': 2 })?.fields
    assert.deepEqual(Object.keys(long ?? {}), [`${'x'.repeat(63)}…`, 'body'])
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key${index}`, 1]))
    assert.equal(Object.keys(judge(schema, many)?.fields ?? {}).length, 20)
  })

  it('are named where a map does not take them', () => {
    const schema = Type.Object({ map: ValuesByName(Type.Integer(), 2, {}) })
    assert.equal(judge(schema, { map: { a: 1, b: 2 } }), undefined)
    assert.deepEqual(judge(schema, { map: { a: 1, b: 2, c: 3 } })?.fields, {
      map: 'must have at most 2 entries',
    })
    assert.deepEqual(judge(schema, { map: { 'a\nb': 1 } })?.fields, { 'map.ab': 'is not a valid name' })
  })
})

describe('a decimal number', () => {
  it('is 0, or neither too small nor beyond its bounds', () => {
    const schema = Type.Object({ it: Decimal(-1e9, 1e9, { examples: [1] }) })
    for (const right of [0, -0, 1e-12, -1e-12, 1e9]) assert.equal(judge(schema, { it: right }), undefined)
    for (const small of [5e-324, 1e-320, -1e-13]) {
      assert.deepEqual(judge(schema, { it: small })?.fields, {
        it: 'must be 0, or have an absolute value of at least 1e-12',
      })
    }
    assert.deepEqual(judge(schema, { it: 1e300 })?.fields, { it: 'must be at most 1000000000' })
  })
})

describe('an idempotency key', () => {
  it('has 1 to 255 visible characters', () => {
    const check = (key: string) => judge(IdempotencyHeaders, { 'idempotency-key': key }, 'querystring')
    for (const right of ['a', '~!', 'x'.repeat(255)]) assert.equal(check(right), undefined)
    for (const wrong of ['', ' ', 'a b', 'x'.repeat(256), 'ü', 'a\tb']) {
      assert.match(check(wrong)?.detail ?? '', /^The header Idempotency-Key must /)
    }
  })
})

describe('the types of values', () => {
  it('are not changed in a body', () => {
    const schema = Type.Object({ number: Type.Integer() })
    const wrong = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.integer()), fc.object())
    fc.assert(
      fc.property(wrong, (number) => {
        assert.deepEqual(judge(schema, { number })?.fields, { number: 'must be an integer' })
      }),
    )
  })

  it('are read from the text of a query', () => {
    const schema = Type.Object({ number: Type.Integer(), truth: Type.Boolean() })
    const query = { number: '12', truth: 'false' }
    assert.equal(judge(schema, query, 'querystring'), undefined)
    assert.deepEqual(query, { number: 12, truth: false })
  })
})

describe('a number of hundreds of digits', () => {
  it('is beyond any bound, in a query and in a body', () => {
    const schema = Type.Object({ page: Type.Integer({ minimum: 1, maximum: 100 }) })
    const digits = '9'.repeat(400)
    assert.deepEqual(judge(schema, { page: digits }, 'querystring')?.fields, { page: 'must be at most 100' })
    assert.deepEqual(judge(schema, { page: `-${digits}` }, 'querystring')?.fields, {
      page: 'must be at least 1',
    })
    assert.deepEqual(judge(schema, JSON.parse(`{"page":${digits}}`))?.fields, { page: 'must be an integer' })
  })
})

describe('plain text', () => {
  it('has no control characters and no unpaired surrogates', () => {
    const schema = Type.Object({ it: Type.String({ format: 'text' }) })
    const bad = fc.constantFrom('\0', '\n', '\u{1b}', '\u{7f}', '\u{85}', '\ud800', '\udfff')
    fc.assert(
      fc.property(fc.string(), bad, fc.string(), (before, character, after) => {
        assert.ok(judge(schema, { it: `${before}${character}${after}` }) !== undefined)
      }),
    )
    for (const text of ['', 'ada', 'Ünïcode 世界 🙂', '\u{200d}'])
      assert.equal(judge(schema, { it: text }), undefined)
  })
})

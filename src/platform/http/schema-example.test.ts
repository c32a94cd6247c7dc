import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exampleOf } from './schema-example.ts'

describe('the example of a schema', () => {
  it('is the first of its own', () => {
    assert.equal(exampleOf({ type: 'string', examples: ['a', 'b'] }), 'a')
    assert.equal(exampleOf({ type: 'string', const: 'Bearer' }), 'Bearer')
    assert.equal(exampleOf({ type: 'string', enum: ['x', 'y'] }), 'x')
  })

  it('is put together from its parts where it has none', () => {
    const name = { type: 'string', examples: ['Ada'] }
    const schema = {
      type: 'object',
      properties: { people: { type: 'array', items: name }, open: { type: 'boolean' } },
    }
    assert.deepEqual(exampleOf(schema), { people: ['Ada'], open: true })
    assert.deepEqual(exampleOf({ type: 'object' }), {})
    assert.deepEqual(exampleOf({ type: 'array' }), [null])
    assert.equal(exampleOf({ type: 'null' }), null)
  })
})

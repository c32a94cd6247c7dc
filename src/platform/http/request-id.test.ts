import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { requestId } from './request-id.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function idFor(sent: string | string[] | undefined): string {
  return requestId({ headers: sent === undefined ? {} : { 'x-request-id': sent } })
}

describe('the id of a request', () => {
  it("is the caller's where a log can hold it", () => {
    const sane = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/)
    fc.assert(fc.property(sane, (id) => assert.equal(idFor(id), id)))
  })

  it('is a new one where there is none, more than one, or none that is sane', () => {
    for (const sent of [
      undefined,
      ['a', 'b'],
      '',
      '-a',
      '.',
      'a'.repeat(129),
      'a b',
      'a\n',
      'é',
      '"',
      '{}',
    ]) {
      assert.match(idFor(sent), UUID_V7)
    }
    assert.notEqual(idFor(undefined), idFor(undefined))
  })

  it('is never longer than a log line should hold, nor can it break one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sent) => assert.match(idFor(sent), /^[\w.-]{1,128}$/)),
    )
  })
})

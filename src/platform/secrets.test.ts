import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyId, secretOf, signingSecret } from './secrets.ts'

describe('secrets', () => {
  it('have a name that tells nothing: the first 8 hex digits of their SHA-256', () => {
    assert.equal(keyId('abc'), 'ba7816bf')
  })

  it('sign with the first and are found by their names', () => {
    const secrets = ['new secret', 'old secret']
    assert.equal(signingSecret(secrets), 'new secret')
    assert.equal(secretOf(secrets, keyId('old secret')), 'old secret')
    assert.equal(secretOf(secrets, keyId('other secret')), undefined)
  })

  it('cannot sign where there is none', () => {
    assert.throws(() => signingSecret([]), /no secret/)
  })
})

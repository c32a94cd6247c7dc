import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  brokenReference,
  databaseProblem,
  isAccountGone,
  isDatabaseUnavailable,
  isUniqueViolation,
  isWorthAnotherTry,
  unavailableReason,
} from './database-errors.ts'

function withCode(code: unknown, message = 'failed'): Error {
  return Object.assign(new Error(message), { code })
}

describe('isDatabaseUnavailable', () => {
  it('is true where the server cannot be reached, is shutting down or takes nobody more', () => {
    for (const code of ['08006', '08P01', '57P01', '57P02', '57P03', '53300', 'ECONNREFUSED', 'ENOTFOUND']) {
      assert.equal(isDatabaseUnavailable(withCode(code)), true, code)
    }
  })

  it('is true where the server is a standby, its disk is full, its memory used up, or its machine fails', () => {
    for (const code of ['25006', '53100', '53200', '58030']) {
      assert.equal(isDatabaseUnavailable(withCode(code)), true, code)
    }
  })

  it('is true for what the driver says by text alone', () => {
    for (const message of [
      'Connection terminated unexpectedly',
      'timeout exceeded when trying to connect',
      'Query read timeout',
      'Client has encountered a connection error and is not queryable',
      'Cannot use a pool after calling end on the pool',
    ]) {
      assert.equal(isDatabaseUnavailable(new Error(message)), true, message)
    }
  })

  it('is true where one of several addresses of the server refused', () => {
    const failures = [new Error('other'), withCode('ECONNREFUSED')]
    assert.equal(isDatabaseUnavailable(new AggregateError(failures)), true)
    assert.equal(isDatabaseUnavailable(new AggregateError([new Error('other')])), false)
  })

  it('is true where the server does not let this program in, or has no such database', () => {
    for (const code of ['3D000', '28000', '28P01', '57P04']) {
      assert.equal(isDatabaseUnavailable(withCode(code)), true, code)
    }
    for (const code of ['42501', '55000']) {
      const refusal = Object.assign(withCode(code), { routine: 'CheckMyDatabase' })
      assert.equal(isDatabaseUnavailable(refusal), true, code)
      assert.equal(isDatabaseUnavailable(withCode(code)), false, code)
    }
  })

  it('is true where a lock, a statement or a race was lost again and again', () => {
    for (const code of ['40001', '40P01', '55P03', '57014']) {
      assert.equal(isDatabaseUnavailable(withCode(code)), true, code)
    }
  })

  it('is false for a statement that is wrong, and for what is no error', () => {
    for (const code of ['23505', '42601', '42P01', 42]) {
      assert.equal(isDatabaseUnavailable(withCode(code)), false)
    }
    assert.equal(isDatabaseUnavailable(new Error('Cannot read properties of undefined')), false)
    assert.equal(isDatabaseUnavailable('ECONNREFUSED'), false)
  })
})

describe('unavailableReason', () => {
  it('says what the operator can do something about, and nothing of the settings', () => {
    const reasons: [string, RegExp][] = [
      ['3D000', /does not exist/],
      ['28P01', /rejected the login/],
      ['53300', /no free connection/],
      ['53100', /disk .* is full/],
      ['53200', /is out of memory/],
      ['25006', /standby/],
      ['57P03', /starting up or shutting down/],
      ['08006', /cannot be reached/],
      ['ECONNREFUSED', /cannot be reached/],
    ]
    for (const [code, reason] of reasons) {
      assert.match(unavailableReason(withCode(code, 'host=secret')) ?? '', reason)
      assert.doesNotMatch(unavailableReason(withCode(code, 'host=secret')) ?? '', /secret/)
    }
    assert.equal(unavailableReason(withCode('23505')), undefined)
  })
})

describe('brokenReference', () => {
  it('names the foreign key whose row is gone', () => {
    const broken = Object.assign(withCode('23503'), { constraint: 'backtests_user' })
    assert.equal(brokenReference(broken), 'backtests_user')
    assert.equal(brokenReference(withCode('23503')), undefined)
    assert.equal(brokenReference(Object.assign(withCode('23505'), { constraint: 'x' })), undefined)
    assert.equal(brokenReference('23503'), undefined)
  })
})

describe('databaseProblem', () => {
  it('names every address that refused', () => {
    const refusals = ['connect ECONNREFUSED ::1:5432', 'connect ECONNREFUSED 127.0.0.1:5432']
    const error = new AggregateError(refusals.map((message) => withCode('ECONNREFUSED', message)))
    assert.match(databaseProblem(error) ?? '', /cannot be used \(.*::1:5432, .*127\.0\.0\.1:5432\)/)
  })

  it('says so where the server refuses the password, the user or the name of the database', () => {
    for (const code of ['28P01', '28000', '3D000']) {
      assert.match(databaseProblem(withCode(code, 'no entry')) ?? '', /no entry.*DATABASE_URL/)
    }
  })

  it('says so where a migration was applied that is not here', () => {
    const message = 'corrupted migrations: previously executed migration 0009-later is missing'
    assert.match(databaseProblem(new Error(message)) ?? '', /of another version.*0009-later/)
  })

  it('is nothing where the program is at fault', () => {
    for (const error of [withCode('42601'), new Error('failed'), 'ECONNREFUSED']) {
      assert.equal(databaseProblem(error), undefined)
    }
  })
})

describe('isWorthAnotherTry', () => {
  it('is true for a deadlock, a serialization failure and a row that went meanwhile, for nothing else', () => {
    for (const code of ['40P01', '40001', '23503']) assert.equal(isWorthAnotherTry(withCode(code)), true)
    assert.equal(isWorthAnotherTry(withCode('23505')), false)
    assert.equal(isWorthAnotherTry(new Error('40P01')), false)
    assert.equal(isWorthAnotherTry('40P01'), false)
  })
})

describe('isUniqueViolation', () => {
  it('is true for the named constraint alone', () => {
    const violation = Object.assign(withCode('23505'), { constraint: 'users_email_unique' })
    assert.equal(isUniqueViolation(violation, 'users_email_unique'), true)
    assert.equal(isUniqueViolation(violation, 'users_username_unique'), false)
    assert.equal(isUniqueViolation(withCode('23505'), 'users_email_unique'), false)
    assert.equal(isUniqueViolation(withCode('23503'), 'users_email_unique'), false)
    assert.equal(isUniqueViolation(undefined, 'users_email_unique'), false)
  })
})

describe('isAccountGone', () => {
  it('is true for a reference to an account, for nothing else', () => {
    const violation = (constraint: string) => Object.assign(withCode('23503'), { constraint })
    assert.equal(isAccountGone(violation('imports_user')), true)
    assert.equal(isAccountGone(violation('instruments_owner')), true)
    assert.equal(isAccountGone(violation('revision_chunks_chunk')), false)
    assert.equal(isAccountGone(Object.assign(withCode('23505'), { constraint: 'imports_user' })), false)
    assert.equal(isAccountGone(withCode('23503')), false)
    assert.equal(isAccountGone('23503'), false)
  })
})

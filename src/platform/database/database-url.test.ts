import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError } from '../config/config-error.ts'
import { databaseUrl, directDatabaseUrl } from './database-url.ts'

const POOLER = 'postgresql://pooler:6432/accounts'
const DIRECT = 'postgresql://db:5432/accounts'

describe('the address of the database', () => {
  it('is the one past the pooler where that is asked for and given', () => {
    assert.equal(databaseUrl({ url: POOLER }), POOLER)
    assert.equal(directDatabaseUrl({ url: POOLER, directUrl: DIRECT }), DIRECT)
    assert.equal(directDatabaseUrl({ url: POOLER, directUrl: undefined }), POOLER)
  })

  it('is named as the setting that is missing where there is none', () => {
    assert.throws(
      () => directDatabaseUrl({ url: undefined, directUrl: undefined }),
      (error) => error instanceof ConfigError && /DATABASE_URL is needed here/.test(error.message),
    )
  })
})

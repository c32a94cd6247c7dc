import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEmptyDatabase } from '../test/database.ts'
import { PRODUCTION, startProgram } from '../test/programs.ts'
import { startTcpProxy } from '../test/tcp-proxy.ts'

const SETTINGS = { ...PRODUCTION, SMTP_URL: 'smtp://127.0.0.1:9' }

describe('migrating a deployment', () => {
  it('makes the newest schema past the pooler, in one command, and may be repeated', async (t) => {
    const database = await createEmptyDatabase()
    t.after(() => database.drop())
    const pooler = await startTcpProxy(database.url)
    await pooler.cut()
    const env = {
      ...SETTINGS,
      DATABASE_URL: pooler.through(database.url),
      DATABASE_DIRECT_URL: database.url,
    }
    const first = startProgram(['src/migrate.ts'], { env })
    assert.deepEqual(await first.ended, { code: 0, signal: null })
    assert.match(
      first.lines.join('\n'),
      /"applied":\[.*"0001-accounts".*\].*"msg":"the schema is up to date"/,
    )
    assert.deepEqual((await database.pool.query('SELECT * FROM users')).rows, [])
    const second = startProgram(['src/migrate.ts'], { env })
    assert.deepEqual(await second.ended, { code: 0, signal: null })
    assert.match(second.lines.join('\n'), /"applied":\[\]/)
  })

  it('fails where the database cannot be reached, with exit 1 and the reason', async () => {
    const env = { ...SETTINGS, DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none' }
    const program = startProgram(['src/migrate.ts'], { env })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.equal(program.lines.length, 1)
    assert.match(program.lines[0] ?? '', /^The database cannot be used \(.*ECONNREFUSED 127\.0\.0\.1:9\)/)
  })

  it('fails where a setting is not usable, and names it', async () => {
    const program = startProgram(['src/migrate.ts'], { env: { ...SETTINGS, DATABASE_URL: 'mysql://there' } })
    assert.deepEqual(await program.ended, { code: 1, signal: null })
    assert.match(program.lines.join('\n'), /DATABASE_URL must begin with postgresql:/)
  })
})

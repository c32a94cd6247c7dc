import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import type { Answer } from '../../test/client.ts'
import { type SignedUp, signUp } from '../../test/people.ts'
import { entering, strategy } from '../../test/strategies/documents.ts'

let app: TestApp
let other: TestApp
before(async () => {
  app = await startTestApp({ env: { MAX_STRATEGIES_PER_USER: '5', MAX_VERSIONS_PER_STRATEGY: '12' } })
  other = await startTestApp({
    sharing: app,
    env: { MAX_STRATEGIES_PER_USER: '5', MAX_VERSIONS_PER_STRATEGY: '12' },
  })
})
after(async () => {
  await other.close()
  await app.close()
})

type Caller = {
  person: SignedUp
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
}

async function caller(served: TestApp = app): Promise<Caller> {
  const person = await signUp(served)
  const token = person.accessToken
  const { client } = person
  return {
    person,
    get: (path) => client.get(path, { token }),
    post: (path, body) => client.post(path, body, { token }),
    patch: (path, body) => client.request('PATCH', path, { token, body }),
    delete: (path) => client.delete(path, { token }),
  }
}

async function create(
  ada: Caller,
  body: Record<string, unknown> = { document: strategy() },
): Promise<string> {
  const answer = await ada.post('/strategies', body)
  assert.equal(answer.status, 201, JSON.stringify(answer.error))
  return answer.data.id
}

describe('a document that is validated', () => {
  it('is told everything at once and is not saved', async () => {
    const ada = await caller()
    const { status, data } = await ada.post('/strategies/validate', {
      document: entering('clsoe > emaa(close, 3)', { leverge: 3 }),
    })
    assert.equal(status, 200)
    assert.equal(data.is_valid, false)
    assert.deepEqual(
      data.diagnostics.map((one: Answer['data']) => [one.code, one.path, one.from, one.to, one.suggestion]),
      [
        ['unknown_key', 'leverge', null, null, null],
        ['unknown_name', 'long.entry', 0, 5, 'close'],
        ['unknown_function', 'long.entry', 8, 12, 'ema'],
      ],
    )
    assert.deepEqual([data.look_back_bars, data.nodes, data.canonical, data.hash], [null, null, null, null])
    assert.equal((await ada.get('/strategies')).data.total, 0)
  })

  it('is answered with its cost, its look-back and its canonical form where it is right', async () => {
    const ada = await caller()
    const parameters = { n: { default: 3, min: 1, max: 9, step: 1 } }
    const document = entering('(close)>sma(close,n)', { parameters })
    const { data } = await ada.post('/strategies/validate', { document, parameters: { n: 5 } })
    assert.deepEqual([data.is_valid, data.look_back_bars, data.nodes, data.cost_per_bar], [true, 4, 5, 5])
    assert.equal(data.canonical.long.entry, 'close > sma(close, n)')
    assert.match(data.hash, /^[0-9a-f]{64}$/)
    const wrong = await ada.post('/strategies/validate', { document, parameters: { n: 10 } })
    assert.deepEqual(wrong.data.diagnostics[0].code, 'wrong_parameter')
  })

  it('may be anything that JSON can be', async () => {
    const ada = await caller()
    for (const document of [null, 1, 'x', [], {}, true]) {
      const { status, data } = await ada.post('/strategies/validate', { document })
      assert.equal(status, 200)
      assert.equal(data.is_valid, false)
    }
    assert.equal((await ada.post('/strategies/validate', {})).status, 422)
    assert.equal((await ada.post('/strategies/validate', { document: {}, parameters: 3 })).status, 422)
  })
})

describe('templates', () => {
  it('are listed in pages', async () => {
    const ada = await caller()
    const { data } = await ada.get('/strategy-templates?limit=3&page=2')
    assert.equal(data.templates.length, 3)
    assert.ok(data.total >= 8)
    assert.deepEqual(Object.keys(data.templates[0]).toSorted(), [
      'description',
      'document',
      'id',
      'timeframe',
      'title',
    ])
  })

  it('can each be the beginning of a strategy', async () => {
    const ada = await caller()
    const { data } = await ada.get('/strategy-templates?limit=100')
    for (const { document } of data.templates) {
      assert.equal((await ada.post('/strategies/validate', { document })).data.is_valid, true)
    }
    const [template] = data.templates
    const made = await ada.post('/strategies', { template: template.id })
    assert.equal(made.status, 201)
    assert.deepEqual(made.data.version.document, template.document)
  })
})

describe('a strategy', () => {
  it('is saved with its first version, and read again', async () => {
    const ada = await caller()
    const document = entering('close > open and sma(close, 3) > 1', { series: { unused: 'close' } })
    const made = await ada.post('/strategies', { document, description: 'Two\nlines', note: 'The first' })
    assert.equal(made.status, 201)
    assert.equal(made.headers.get('location'), `/api/v1/strategies/${made.data.id}`)
    assert.deepEqual(
      made.data.version.warnings.map(({ code }: Answer['data']) => code),
      ['unused_series'],
    )
    const { warnings, ...version } = made.data.version
    const read = await ada.get(`/strategies/${made.data.id}`)
    assert.equal(read.status, 200)
    assert.deepEqual(read.data, { ...made.data, version })
    assert.deepEqual(read.data.version.document, document)
    assert.deepEqual(
      [
        read.data.name,
        read.data.description,
        read.data.latest_version,
        read.data.version.note,
        read.data.is_archived,
      ],
      ['A strategy', 'Two\nlines', 1, 'The first', false],
    )
    assert.equal(warnings.length, 1)
  })

  it('is refused with every path at fault where its document has errors', async () => {
    const ada = await caller()
    const { status, error } = await ada.post('/strategies', {
      document: entering('close >', { risk: { stop_los: 1 }, name: '' }),
    })
    assert.equal(status, 422)
    assert.equal(error.code, 'invalid_strategy')
    assert.deepEqual(Object.keys(error.errors).toSorted(), [
      'detail',
      'document.long.entry',
      'document.name',
      'document.risk.stop_los',
    ])
    assert.match(error.errors.detail, /^The name must have .*\. There are 2 more\.$/)
    const list = await ada.post('/strategies', { document: [] })
    assert.deepEqual(list.error.errors, {
      document: 'Expected an object here, not a list.',
      detail: 'Expected an object here, not a list.',
    })
  })

  it('needs either a document or a template', async () => {
    const ada = await caller()
    for (const body of [{}, { document: strategy(), template: 'sma_cross' }, { template: 'nothing' }]) {
      const { status, error } = await ada.post('/strategies', body)
      assert.deepEqual([status, error.code], [422, 'validation_failed'])
    }
  })

  it('changes its name and description, and nothing else', async () => {
    const ada = await caller()
    const id = await create(ada)
    app.clock.advance(60)
    const { status, data } = await ada.patch(`/strategies/${id}`, {
      name: 'Renamed',
      user_id: 'x',
      latest_version: 9,
    })
    assert.deepEqual([status, data.name, data.description, data.latest_version], [200, 'Renamed', '', 1])
    assert.ok(data.updated_at > data.created_at)
    const again = await ada.patch(`/strategies/${id}`, { description: 'New' })
    assert.deepEqual([again.data.name, again.data.description], ['Renamed', 'New'])
    for (const body of [{ name: '' }, { name: 'a\u0000' }, { name: 3 }, { description: 'a\u0007' }]) {
      assert.equal((await ada.patch(`/strategies/${id}`, body)).status, 422)
    }
  })

  it('is archived, found among archived ones, and restored', async () => {
    const ada = await caller()
    const id = await create(ada)
    app.clock.advance(60)
    const archived = await ada.delete(`/strategies/${id}`)
    assert.deepEqual([archived.status, archived.data.message], [200, 'The strategy was archived.'])
    const { archived_at } = (await ada.get(`/strategies/${id}`)).data
    app.clock.advance(60)
    assert.equal((await ada.delete(`/strategies/${id}`)).status, 200)
    assert.equal((await ada.get(`/strategies/${id}`)).data.archived_at, archived_at)
    assert.equal((await ada.get('/strategies')).data.total, 0)
    assert.equal((await ada.get('/strategies?archived=yes')).data.strategies[0].id, id)
    const refused = await ada.post(`/strategies/${id}/versions`, { document: strategy() })
    assert.deepEqual([refused.status, refused.error.code], [409, 'strategy_archived'])
    const restored = await ada.post(`/strategies/${id}/restore`)
    assert.deepEqual(
      [restored.status, restored.data.is_archived, restored.data.archived_at],
      [200, false, null],
    )
    assert.equal((await ada.post(`/strategies/${id}/restore`)).data.updated_at, restored.data.updated_at)
    assert.equal((await ada.post(`/strategies/${id}/versions`, { document: strategy() })).status, 201)
  })

  it('is listed by name, by time, by part of its name, and in pages', async () => {
    const ada = await caller()
    for (const name of ['beta 100%', 'Alpha', 'gamma']) {
      await create(ada, { document: strategy(), name })
      app.clock.advance(60)
    }
    const names = async (query: string) =>
      (await ada.get(`/strategies?${query}`)).data.strategies.map(({ name }: Answer['data']) => name)
    assert.deepEqual(await names(''), ['gamma', 'Alpha', 'beta 100%'])
    assert.deepEqual(await names('sort=name'), ['Alpha', 'beta 100%', 'gamma'])
    assert.deepEqual(await names('sort=-name'), ['gamma', 'beta 100%', 'Alpha'])
    assert.deepEqual(await names('sort=created_at&limit=1&page=2'), ['Alpha'])
    assert.deepEqual(await names('search=0%25'), ['beta 100%'])
    assert.deepEqual(await names('search=ALPH&archived=all'), ['Alpha'])
    assert.deepEqual(await names('search=%25%25'), [])
    assert.equal((await ada.get('/strategies?limit=1')).data.total, 3)
    assert.equal((await ada.get('/strategies?sort=hash')).status, 422)
  })

  it('is one of so many at most, also where they come at once', async () => {
    const ada = await caller()
    const body = { document: strategy() }
    const second = await signInElsewhere(ada)
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? ada : second).post('/strategies', body)),
    )
    assert.equal(answers.filter(({ status }) => status === 201).length, 5)
    const refused = answers.find(({ status }) => status !== 201)
    assert.deepEqual([refused?.status, refused?.error.code], [422, 'too_many_strategies'])
    assert.match(refused?.error.errors.detail, /You have 5 strategies/)
    const [first] = (await ada.get('/strategies')).data.strategies
    await ada.delete(`/strategies/${first.id}`)
    await create(ada)
    assert.equal((await ada.post(`/strategies/${first.id}/restore`)).error.code, 'too_many_strategies')
  })

  it('cannot be hoarded in the archive', async () => {
    const ada = await caller()
    for (let made = 0; made < 50; made++) await ada.delete(`/strategies/${await create(ada)}`)
    const { error } = await ada.post('/strategies', { document: strategy() })
    assert.equal(error.code, 'too_many_strategies')
    assert.match(error.errors.detail, /50 strategies with the archived ones/)
  })

  it('goes with its user', async () => {
    const ada = await caller()
    const id = await create(ada)
    assert.equal((await ada.delete('/users/me')).status, 200)
    const { db } = app.platform
    const rows = await db.selectFrom('strategies').select('id').where('id', '=', id).execute()
    assert.deepEqual(rows, [])
  })
})

/** The same person over the other instance. */
async function signInElsewhere({ person }: Caller): Promise<Caller> {
  const token = person.accessToken
  const url = (path: string) => `${other.url}/api/v1${path}`
  const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(url(path), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'x-forwarded-for': '10.9.8.7',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const parsed: Answer['body'] = await response.json()
    const { headers, status } = response
    return { status, headers, body: parsed, data: parsed.data, error: parsed.api_error, setCookies: {} }
  }
  return {
    person,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    delete: (path) => send('DELETE', path),
  }
}

describe('versions', () => {
  it('are numbered by the database, without a gap, where they are added at once on two instances', async () => {
    const ada = await caller()
    const second = await signInElsewhere(ada)
    const id = await create(ada)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? ada : second).post(`/strategies/${id}/versions`, {
          document: entering(`close > ${index}`),
          note: `number ${index}`,
        }),
      ),
    )
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array.from({ length: 10 }, () => 201),
    )
    const numbers = answers.map(({ data }) => data.number).toSorted((a, b) => a - b)
    assert.deepEqual(numbers, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    for (const { data, headers } of answers) {
      const read = await ada.get(`/strategies/${id}/versions/${data.number}`)
      assert.equal(read.data.note, data.note)
      assert.equal(headers.get('location'), `/api/v1/strategies/${id}/versions/${data.number}`)
    }
    assert.equal((await ada.get(`/strategies/${id}`)).data.latest_version, 11)
    assert.equal((await ada.post(`/strategies/${id}/versions`, { document: strategy() })).status, 201)
    const refused = await ada.post(`/strategies/${id}/versions`, { document: strategy() })
    assert.deepEqual([refused.status, refused.error.code], [422, 'too_many_versions'])
    assert.equal((await ada.get(`/strategies/${id}`)).data.latest_version, 12)
  })

  it('are listed newest first, without their documents', async () => {
    const ada = await caller()
    const id = await create(ada)
    await ada.post(`/strategies/${id}/versions`, { document: strategy(), note: 'second' })
    const { data } = await ada.get(`/strategies/${id}/versions`)
    assert.deepEqual(
      data.versions.map(({ number, note }: Answer['data']) => [number, note]),
      [
        [2, 'second'],
        [1, ''],
      ],
    )
    assert.deepEqual([data.total, data.page, data.limit, data.versions[0].document], [2, 1, 20, undefined])
    const upward = await ada.get(`/strategies/${id}/versions?sort=number&limit=1`)
    assert.deepEqual(
      upward.data.versions.map(({ number }: Answer['data']) => number),
      [1],
    )
  })

  it('have equal hashes where they differ only in how they are written', async () => {
    const ada = await caller()
    const id = await create(ada, { document: entering('close>1', { series: { b: 'close', a: 'b' } }) })
    const same = { document: entering('(close > 1.0)', { series: { a: '(b)', b: 'close' }, risk: {} }) }
    const added = await ada.post(`/strategies/${id}/versions`, same)
    const first = await ada.get(`/strategies/${id}/versions/1`)
    assert.equal(added.data.hash, first.data.hash)
    const { data } = await ada.get(`/strategies/${id}/versions/2/diff?against=1`)
    assert.deepEqual(data, { number: 2, against: 1, is_equal: true, changes: [] })
  })

  it('are compared by what they mean', async () => {
    const ada = await caller()
    const id = await create(ada, { document: entering('close>1', { series: { a: 'close' }, rank: 'a' }) })
    await ada.post(`/strategies/${id}/versions`, {
      document: entering('close > 2', {
        series: { b: 'close' },
        risk: { max_bars: 5, take_profit: [{ type: 'percent', value: 3 }] },
      }),
    })
    const { data } = await ada.get(`/strategies/${id}/versions/2/diff?against=1`)
    assert.equal(data.is_equal, false)
    assert.deepEqual(data.changes, [
      { path: 'series.a', kind: 'removed', before: 'close', after: null },
      { path: 'series.b', kind: 'added', before: null, after: 'close' },
      { path: 'long.entry', kind: 'changed', before: 'close > 1', after: 'close > 2' },
      { path: 'rank', kind: 'removed', before: 'a', after: null },
      {
        path: 'risk.take_profit',
        kind: 'added',
        before: null,
        after: [{ type: 'percent', value: 3, quantity_percent: 100 }],
      },
      { path: 'risk.max_bars', kind: 'added', before: null, after: 5 },
    ])
    const back = await ada.get(`/strategies/${id}/versions/1/diff?against=2`)
    assert.deepEqual(back.data.changes[2], {
      path: 'long.entry',
      kind: 'changed',
      before: 'close > 2',
      after: 'close > 1',
    })
  })

  it('come back as the newest, as they were', async () => {
    const ada = await caller()
    const id = await create(ada, { document: entering('close > 1') })
    await ada.post(`/strategies/${id}/versions`, { document: entering('close > 2') })
    const { status, data } = await ada.post(`/strategies/${id}/versions/1/restore`)
    assert.deepEqual([status, data.number, data.note], [201, 3, 'Restored from version 1'])
    const versions = await Promise.all(
      [1, 3].map((number) => ada.get(`/strategies/${id}/versions/${number}`)),
    )
    assert.deepEqual(versions[0]?.data.document, versions[1]?.data.document)
    assert.equal(versions[0]?.data.hash, versions[1]?.data.hash)
    assert.equal(versions[0]?.data.canonical.long.entry, 'close > 1')
  })

  it('are refused where they have errors, and nothing is counted then', async () => {
    const ada = await caller()
    const id = await create(ada)
    const { status, error } = await ada.post(`/strategies/${id}/versions`, { document: entering('close >') })
    assert.deepEqual([status, error.code], [422, 'invalid_strategy'])
    assert.equal((await ada.get(`/strategies/${id}`)).data.latest_version, 1)
  })

  it('never change in the database either', async () => {
    const ada = await caller()
    const id = await create(ada)
    const { db } = app.platform
    await assert.rejects(
      db
        .updateTable('strategy_versions')
        .set({ note: 'x' } as never)
        .where('strategy_id', '=', id)
        .execute(),
      /immutable/,
    )
  })

  it('of an older language are shown and compared as they were sent', async () => {
    const ada = await caller()
    const id = await create(ada)
    const { db } = app.platform
    const document = { ...strategy(), long: { entry: 'gone(close) > 1', exit: null } }
    const row = { strategy_id: id, number: 2, note: '', hash: Buffer.alloc(32), created_at: app.clock.now() }
    await db
      .insertInto('strategy_versions')
      .values({ ...row, document: JSON.stringify(document) })
      .execute()
    const { status, data } = await ada.get(`/strategies/${id}/versions/2`)
    assert.deepEqual([status, data.document, data.canonical], [200, document, null])
    const diff = await ada.get(`/strategies/${id}/versions/2/diff?against=1`)
    const entry = diff.data.changes.find(({ path }: Answer['data']) => path === 'long.entry')
    assert.deepEqual([entry.before, entry.after], ['close > open', 'gone(close) > 1'])
    assert.equal((await ada.post(`/strategies/${id}/versions/2/restore`)).error.code, 'invalid_strategy')
  })

  it('that are not there are a 404', async () => {
    const ada = await caller()
    const id = await create(ada)
    for (const path of ['versions/2', 'versions/2/diff?against=1', 'versions/1/diff?against=2']) {
      const { status, error } = await ada.get(`/strategies/${id}/${path}`)
      assert.deepEqual([status, error.code], [404, 'version_not_found'], path)
    }
    assert.equal((await ada.post(`/strategies/${id}/versions/2/restore`)).error.code, 'version_not_found')
    assert.equal((await ada.get(`/strategies/${id}/versions/x`)).status, 422)
    assert.equal((await ada.get(`/strategies/${id}/versions/1/diff`)).status, 422)
  })
})

describe("somebody else's strategy", () => {
  const endpoints: [string, string, unknown?][] = [
    ['GET', ''],
    ['PATCH', '', { name: 'Mine' }],
    ['DELETE', ''],
    ['POST', '/restore'],
    ['GET', '/versions'],
    ['POST', '/versions', { document: strategy() }],
    ['GET', '/versions/1'],
    ['GET', '/versions/1/diff?against=1'],
    ['POST', '/versions/1/restore'],
  ]

  it('is a 404 at every address, as is an unknown one and what is no id', async () => {
    const [ada, eve] = [await caller(), await caller()]
    const id = await create(ada)
    for (const [method, path, body] of endpoints) {
      for (const wrong of [id, '01a20575-fd08-7f42-b0a3-69b4f86e5c8d', 'nothing']) {
        const sent = { token: eve.person.accessToken, ...(body === undefined ? {} : { body }) }
        const answer = await eve.person.client.request(method, `/strategies/${wrong}${path}`, sent)
        assert.deepEqual([answer.status, answer.error.code], [404, 'strategy_not_found'], `${method} ${path}`)
      }
    }
    const kept = (await ada.get(`/strategies/${id}`)).data
    assert.deepEqual([kept.name, kept.latest_version, kept.is_archived], ['A strategy', 1, false])
    assert.equal((await eve.get('/strategies?archived=all')).data.total, 0)
  })

  it('is nothing to those who are not signed in', async () => {
    const ada = await caller()
    const id = await create(ada)
    const { client } = ada.person
    for (const [method, path, body] of endpoints) {
      const answer = await client.request(
        method,
        `/strategies/${id}${path}`,
        body === undefined ? {} : { body },
      )
      assert.equal(answer.status, 401, `${method} ${path}`)
    }
    for (const path of ['/strategies', '/strategy-templates'])
      assert.equal((await client.get(path)).status, 401)
    assert.equal((await client.post('/strategies', { document: strategy() })).status, 401)
    assert.equal((await client.post('/strategies/validate', { document: strategy() })).status, 401)
  })
})

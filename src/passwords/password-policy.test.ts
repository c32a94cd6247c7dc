import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../platform/errors.ts'
import { type HashingPool, openHashingPool } from '../platform/hashing/hashing-pool.ts'
import { checkPassword, normalizePassword, type Person } from './password-policy.ts'

const GOOD = 'violet-tangent-9-harbour'
const ADA = { name: 'Ada Byron', username: 'a-byron', email: 'ada.b@example.com' }

let hashing: HashingPool
let asked: string[]

before(() => {
  const pool = openHashingPool({ threads: 1 })
  asked = []
  hashing = {
    ...pool,
    queueSize: 0,
    strength(password, userInputs) {
      asked.push(password)
      return pool.strength(password, userInputs)
    },
  }
})
after(() => hashing.close())

/** Why a password is refused, or nothing. */
async function refusal(password: string, person?: Person): Promise<string | undefined> {
  try {
    await checkPassword({ hashing }, 'password', password, person)
    return undefined
  } catch (error) {
    assert.ok(error instanceof AppError)
    assert.deepEqual([error.code, error.status], ['weak_password', 422])
    return error.fields.password
  }
}

describe('the length of a password', () => {
  it('is 8 to 128 characters, whatever each takes to store', async () => {
    assert.match((await refusal('qX7!vR2')) ?? '', /at least 8/)
    assert.equal(await refusal('qX7!vR2k'), undefined)
    assert.match((await refusal('🐙🦑🐳🦀🐚🐬🦈')) ?? '', /at least 8/)
    assert.equal(await refusal('🐙🦑🐳🦀🐚🐬🦈🐠'), undefined)
    const longest = `${GOOD}${'🐙'.repeat(128 - GOOD.length)}`
    assert.equal(await refusal(longest), undefined)
    assert.match((await refusal(`${longest}x`)) ?? '', /at most 128/)
  })

  it('is that of its NFKC form', async () => {
    // One character that stands for eighteen, and two that stand for one.
    assert.match((await refusal('ﷺ'.repeat(8))) ?? '', /at most 128/)
    assert.match((await refusal('e\u0301q\u0300x\u0301z')) ?? '', /at least 8/)
  })
})

describe('a password that is easy to guess', () => {
  it('is refused: common ones, rows of keys, repetitions, dates', async () => {
    for (const password of [
      'password',
      'Password1',
      'iloveyou',
      'qwertyuiop',
      'aaaaaaaaaaaa',
      '19991231',
      'abcdefgh',
    ]) {
      assert.match((await refusal(password)) ?? '', /too easy/, password)
    }
  })

  it('is told by its first 64 characters, so that a long one takes no longer', async () => {
    assert.match((await refusal(`${'a'.repeat(64)}${GOOD}`)) ?? '', /too easy/)
    assert.equal(await refusal(`${GOOD}${'a'.repeat(104)}`), undefined)
    assert.ok(asked.every((password) => [...password].length <= 64))
  })

  it('needs no digits, signs or capitals to be good', async () => {
    for (const password of [
      'correct horse battery staple',
      'fahrradkettenöl im regen',
      '隣の客はよく柿食う客だ',
    ]) {
      assert.equal(await refusal(password), undefined, password)
    }
  })
})

describe('a password with what everybody knows of the person', () => {
  it('is refused, in any case: the whole name, username, address or what is before its @', async () => {
    for (const part of ['Ada Byron', 'a-byron', 'ada.b@example.com', 'ada.b']) {
      for (const spelling of [part, part.toUpperCase(), part.toLowerCase()]) {
        assert.match((await refusal(`${GOOD}${spelling}9!`, ADA)) ?? '', /must not contain/, spelling)
      }
    }
  })

  it('is not one that has only a part of the name, or less than four characters', async () => {
    assert.equal(await refusal(`${GOOD} Byron`, ADA), undefined)
    const short = { name: 'Ada', username: 'ada', email: 'ada@example.com' }
    assert.equal(await refusal(`${GOOD} Ada`, short), undefined)
  })

  it('is refused in every spelling of one text', async () => {
    const spelled = [
      ['Zoë Müller', 'ZOE\u0308 MU\u0308LLER'],
      ['Zoe\u0308 Mu\u0308ller', 'zoë müller'],
      ['Ａｄａ　Ｂｙｒｏｎ', 'ada byron'],
      ['Hans Weiß', 'HANS WEISS'],
      ['ﬁona', 'FIONA'],
    ]
    for (const [name = '', typed = ''] of spelled) {
      const reason = await refusal(`${GOOD}-${typed}`, { ...ADA, name })
      assert.match(reason ?? '', /must not contain/, name)
    }
  })

  it('is refused wherever the part stands, for any name in any normal form', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 3 })
    const name = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 6 })
    const form = fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD')
    await fc.assert(
      fc.asyncProperty(text, name, form, async (around, whole, spelling) => {
        const password = `${around}-${whole.normalize(spelling)}-${GOOD}`
        const reason = await refusal(password, { ...ADA, name: whole })
        assert.match(reason ?? '', /must not contain/)
      }),
      { numRuns: 200 },
    )
  })
})

describe('normalizePassword', () => {
  it('makes one text of all the spellings that keyboards have for it, and keeps spaces and case', () => {
    assert.equal(normalizePassword('Ａｄａ e\u0301 ﬁ'), 'Ada é fi')
    assert.equal(normalizePassword(' A  b '), ' A  b ')
  })
})

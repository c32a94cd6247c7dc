import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { arrowEnd } from '../../src/market-data/arrow-writer.ts'
import { doubles, milliseconds, prices, schemaOf } from '../arrow-files.ts'
import { hostileFiles, longName } from '../hostile-files.ts'
import { upload } from '../market.ts'
import { logIn, type SignedUp, signUp } from '../people.ts'
import { atOnce, useInstances } from './instances.ts'

const instances = useInstances()

const ROUNDS = process.env.LONG === '1' ? 60 : 3
/** An answer with its headers, and at most 64 characters of a file. */
const MAX_ANSWER = 2_500
const CLAIMS = [256, 4_096, 8_000, 8_192, 16_000, 30_000, 60_000, 65_535]

/** A schema whose name claims a length, with a type that makes the server quote the name. */
function quotedName(claimed: number): Buffer {
  const odd = { ...doubles('openness', []), children: [[undefined]] }
  const bytes = schemaOf([milliseconds(), ...prices(), odd])
  bytes.writeUInt32LE(claimed, bytes.indexOf('openness') - 4)
  return Buffer.concat([bytes, arrowEnd()])
}

/** An import that could not end counts against its user until it is cancelled. */
async function cancelAll({ client, accessToken: token }: SignedUp): Promise<void> {
  const { data } = await client.get('/market/imports?state=running&limit=100', { token })
  for (const { id } of data.imports) await client.post(`/market/imports/${id}/cancel`, undefined, { token })
}

/** All that an answer says. */
async function answerOf(attacker: SignedUp, bytes: Buffer): Promise<string> {
  const answer = await upload(instances.app, attacker, new Uint8Array(bytes))
  assert.ok(answer.status < 500, `${answer.status}`)
  if (answer.status === 429) await cancelAll(attacker)
  return JSON.stringify([answer.body, [...answer.headers]])
}

async function recordsOf({ client, accessToken }: SignedUp): Promise<string> {
  const { body, data } = await client.get('/market/imports?limit=100', { token: accessToken })
  return JSON.stringify([body, data])
}

/** Parts of a secret that nobody finds by chance. */
function partsOf(secret: string): string[] {
  const length = 12
  return Array.from({ length: Math.floor(secret.length / length) }, (_, at) =>
    secret.slice(at * length, (at + 1) * length),
  )
}

describe('29. a file that claims more than it holds shows memory of others', () => {
  it('such as passwords, tokens and addresses of somebody who signs in meanwhile', async () => {
    const { app } = instances
    const [attacker, victim] = [await signUp(app), await signUp(app, { password: 'granite-otter-71-lagoon' })]
    const others = hostileFiles().filter(({ bytes }) => bytes.length < 100_000)
    const told: string[] = []
    const secrets = [victim.password, victim.email, victim.username, ...partsOf(victim.accessToken)]
    for (let round = 0; round < ROUNDS; round++) {
      const files = [
        ...CLAIMS.flatMap((claimed) => [quotedName(claimed + round), longName(claimed + round)]),
        ...CLAIMS.slice(0, 2).map((claimed) => gzipSync(quotedName(claimed + round))),
        ...others.slice(round * 2, round * 2 + 2).map(({ bytes }) => bytes),
      ]
      const signIns = atOnce(8, async () => {
        const { status, data } = await logIn(app, victim)
        assert.equal(status, 200)
        secrets.push(...partsOf(data.access_token), ...partsOf(data.refresh_token))
      })
      for (const bytes of files) told.push(await answerOf(attacker, bytes))
      await signIns
    }
    told.push(await recordsOf(attacker))
    const own = JSON.stringify(attacker.accessToken)
    // Both tokens begin with the same words.
    const foreign = secrets.filter((secret) => !own.includes(secret))
    for (const text of told)
      for (const secret of foreign) assert.ok(!text.includes(secret), `${secret} was shown`)
    // Whatever is behind a name that is too long: nothing of it is quoted.
    for (const text of told.slice(0, -1)) assert.ok(text.length < MAX_ANSWER, text)
  })
})

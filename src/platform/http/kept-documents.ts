import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

/** A document that is the same for every request. */
export type StaticDocument = {
  path: string
  /** Media type. */
  type: string
  cacheControl: string
  /** Called once, with the first request. */
  read(): Promise<string | Buffer> | string
}

type Encoding = 'br' | 'gzip' | 'identity'
type Representation = { body: Buffer; etag: string }
type Kept = { identity: Representation; br?: Representation; gzip?: Representation }

/** In order of preference. */
const ENCODINGS: Encoding[] = ['br', 'gzip', 'identity']
/** Of 11; the last two steps take ten times as long for 5 % of the size. */
const BROTLI_QUALITY = 9

async function compress(body: Buffer): Promise<Kept> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY }
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(body, { params }),
    promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION }),
  ])
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22)
  const represent = (encoding: Encoding, bytes: Buffer) => ({ body: bytes, etag: `"${digest}-${encoding}"` })
  return {
    identity: represent('identity', body),
    // What is compressed already, as an image is, does not become smaller.
    ...(br.length < body.length ? { br: represent('br', br) } : {}),
    ...(gzipped.length < body.length ? { gzip: represent('gzip', gzipped) } : {}),
  }
}

/** How much a client wants each coding of `Accept-Encoding` (RFC 9110, 12.5.3). */
function readWeights(header: string): Map<string, number> {
  const entries = header.split(',').map((item): [string, number] => {
    const [coding = '', ...parameters] = item
      .toLowerCase()
      .split(';')
      .map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice('q='.length)
    return [coding, weight === undefined ? 1 : Number(weight) || 0]
  })
  return new Map(entries)
}

function chooseEncoding(header: string | undefined, kept: Kept): Encoding {
  if (header === undefined) return 'identity'
  const weights = readWeights(header)
  const weightOf = (encoding: Encoding) =>
    weights.get(encoding) ?? weights.get('*') ?? (encoding === 'identity' ? Number.MIN_VALUE : 0)
  const acceptable = ENCODINGS.filter((encoding) => kept[encoding] !== undefined && weightOf(encoding) > 0)
  // A client that takes nothing of what there is gets the plain text, as it did before it asked.
  return acceptable.toSorted((one, other) => weightOf(other) - weightOf(one))[0] ?? 'identity'
}

function isKnown(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return tags.includes(etag) || tags.includes('*')
}

/** Serve a document from memory: read and compressed once, then sent as it is, or 304 where the client has it. */
export function serveKept(app: FastifyInstance, { path, type, cacheControl, read }: StaticDocument): void {
  let keeping: Promise<Kept> | undefined
  const keep = async (): Promise<Kept> => compress(Buffer.from(await read()))
  app.get(path, { schema: { hide: true } }, async (request, reply) => {
    keeping ??= keep().catch((error: unknown) => {
      keeping = undefined
      throw error
    })
    const kept = await keeping
    const encoding = chooseEncoding(request.headers['accept-encoding'], kept)
    const { body, etag } = kept[encoding] ?? kept.identity
    reply.headers({ vary: 'origin, accept-encoding', 'cache-control': cacheControl, etag })
    if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
    if (encoding !== 'identity') reply.header('content-encoding', encoding)
    return reply.type(type).send(body)
  })
}

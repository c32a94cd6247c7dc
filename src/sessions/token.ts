import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Config } from '../platform/config.ts'
import { keyId, signingSecret } from '../platform/secrets.ts'
import { isUuid } from '../platform/uuid.ts'

export type TokenType = 'access' | 'refresh'

/** Times are in whole seconds since 1970. */
export type TokenClaims = {
  userId: string
  sessionId: string
  generation: number
  issuedAt: number
  expiresAt: number
}

const ISSUER = 'crypalgos'
const AUDIENCE = 'crypalgos-api'
const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const
type Algorithm = keyof typeof HASHES

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function signature(algorithm: Algorithm, key: KeyObject, input: string): string {
  return createHmac(HASHES[algorithm], key).update(input).digest('base64url')
}

function keyOf(secret: string): KeyObject {
  return createSecretKey(secret, 'utf8')
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function headerOf(algorithm: Algorithm, key: string): string {
  return base64url(JSON.stringify({ alg: algorithm, typ: 'JWT', kid: key }))
}

function parseClaims(payload: string, type: TokenType): TokenClaims | undefined {
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  if (typeof claims !== 'object' || claims === null) return undefined
  const { sub, sid, gen, iat, exp, iss, aud, typ }: Record<string, unknown> = { ...claims }
  if (iss !== ISSUER || aud !== AUDIENCE || typ !== type) return undefined
  if (typeof sub !== 'string' || !isUuid(sub) || typeof sid !== 'string' || !isUuid(sid)) return undefined
  if (!Number.isSafeInteger(gen) || !Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return undefined
  return {
    userId: sub,
    sessionId: sid,
    generation: Number(gen),
    issuedAt: Number(iat),
    expiresAt: Number(exp),
  }
}

/**
 * One kind of token: signs with the first key, verifies with all. JSON Web Tokens (RFC 7519) in compact form
 * (RFC 7515), but none other than our own: the header has to be, byte for byte, one that we write. That leaves no
 * room for `alg: none`, another algorithm, an unknown `kid` or a `crit` extension, and needs no parser.
 */
export type TokenCodec = {
  sign(claims: TokenClaims): string
  /** The claims of a token that is ours, of this kind and not expired at `now`; nothing for any other text. */
  verify(token: string, now: Date): TokenClaims | undefined
}

export function createTokenCodec(type: TokenType, algorithm: Algorithm, secrets: string[]): TokenCodec {
  const byHeader = new Map(secrets.map((secret) => [headerOf(algorithm, keyId(secret)), keyOf(secret)]))
  const signing = signingSecret(secrets)
  const signingHeader = headerOf(algorithm, keyId(signing))
  const signingKey = keyOf(signing)
  return {
    sign({ userId, sessionId, generation, issuedAt, expiresAt }) {
      const claims = {
        sub: userId,
        sid: sessionId,
        gen: generation,
        iat: issuedAt,
        exp: expiresAt,
        iss: ISSUER,
        aud: AUDIENCE,
        typ: type,
      }
      const input = `${signingHeader}.${base64url(JSON.stringify(claims))}`
      return `${input}.${signature(algorithm, signingKey, input)}`
    },
    verify(token, now) {
      const [header = '', payload = '', signed = '', ...rest] = token.split('.', 4)
      const key = byHeader.get(header)
      if (key === undefined || rest.length > 0) return undefined
      if (!sameText(signed, signature(algorithm, key, `${header}.${payload}`))) return undefined
      const claims = parseClaims(payload, type)
      return claims !== undefined && claims.expiresAt * 1000 > now.getTime() ? claims : undefined
    },
  }
}

/** Both kinds. They never share a key (the configuration refuses that), so one is never taken for the other. */
export type Tokens = { access: TokenCodec; refresh: TokenCodec }

const cache = new WeakMap<Config, Tokens>()

export function tokensOf(config: Config): Tokens {
  const known = cache.get(config)
  if (known !== undefined) return known
  const { algorithm, accessSecrets, refreshSecrets } = config.tokens
  const tokens = {
    access: createTokenCodec('access', algorithm, accessSecrets),
    refresh: createTokenCodec('refresh', algorithm, refreshSecrets),
  }
  cache.set(config, tokens)
  return tokens
}

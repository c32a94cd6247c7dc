import { createHash } from 'node:crypto'

/** The name of a secret that may be shown: the first 8 hex digits of its SHA-256. */
export function keyId(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8)
}

/** The secret that a name means, among those in use. */
export function secretOf(secrets: string[], id: string): string | undefined {
  return secrets.find((secret) => keyId(secret) === id)
}

/** The secret that signs: the first. @throws where there is none, which the configuration rules out */
export function signingSecret(secrets: string[]): string {
  const [first] = secrets
  if (first === undefined) throw new Error('there is no secret to sign with')
  return first
}

import { createHash } from 'node:crypto'

/**
 * The key of content that belongs to one account: SHA-256 of the owner's id (16 bytes) and the hash of the content, so that
 * accounts with equal content share no row, no cache entry and no id. Content of nobody has its own hash as its key.
 */
export function ownerKey(ownerId: string | null, hash: Buffer): Buffer {
  if (ownerId === null) return hash
  return createHash('sha256')
    .update(Buffer.from(ownerId.replaceAll('-', ''), 'hex'))
    .update(hash)
    .digest()
}

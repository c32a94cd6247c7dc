import { createHash } from 'node:crypto'
import { AppError } from '../platform/errors.ts'
import { type CanonicalDocument, canonicalDocument } from './language/canonical-document.ts'
import { checkStrategy } from './language/check-strategy.ts'
import type { Diagnostic } from './language/diagnostic.ts'
import type { Plan } from './language/plan.ts'

export type CheckedDocument = {
  plan: Plan
  canonical: CanonicalDocument
  /** SHA-256 of the canonical form: equal for documents that differ in nothing but how they are written. */
  hash: Buffer
  warnings: Diagnostic[]
}

export function hashOf(canonical: CanonicalDocument): Buffer {
  return createHash('sha256').update(JSON.stringify(canonical)).digest()
}

/** The canonical form of a kept document; null where the language has changed since, so that it is none any more. */
export function canonicalOf(document: unknown): CanonicalDocument | null {
  const { tree } = checkStrategy(document)
  return tree === null ? null : canonicalDocument(tree)
}

/** Where a diagnostic is, from the body of a request. */
function fieldOf({ path }: Diagnostic): string {
  return path === '' ? 'document' : `document.${path}`
}

/** What is wrong at each path, the first of several. */
function invalidStrategy(errors: readonly Diagnostic[]): AppError {
  const fields: Record<string, string> = {}
  for (const error of errors) fields[fieldOf(error)] ??= error.message
  const [first] = errors
  const rest = errors.length > 1 ? ` There are ${errors.length - 1} more.` : ''
  return new AppError('invalid_strategy', { detail: `${first?.message}${rest}`, fields })
}

/**
 * Checks a document that is to be kept.
 * @throws AppError `invalid_strategy` with every path at fault
 */
export function checkDocument(document: unknown): CheckedDocument {
  const { diagnostics, tree, plan } = checkStrategy(document)
  if (tree === null || plan === null) {
    throw invalidStrategy(diagnostics.filter(({ severity }) => severity === 'error'))
  }
  const canonical = canonicalDocument(tree)
  return { plan, canonical, hash: hashOf(canonical), warnings: diagnostics }
}

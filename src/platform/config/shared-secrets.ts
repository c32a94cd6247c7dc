import type { Settings } from './settings.ts'
import { areAlike } from './weak-secret.ts'

/** The secrets of one setting; several while one is rotated. */
export type NamedSecrets = { name: string; secrets: readonly (string | undefined)[] }

/** The password of a URL, decoded; nothing where it has none, as with peer authentication or a certificate. */
export function passwordOf(text: string | undefined): string | undefined {
  const password = text === undefined ? undefined : URL.parse(text)?.password
  if (!password) return undefined
  try {
    return decodeURIComponent(password)
  } catch {
    return password
  }
}

function share({ secrets }: NamedSecrets, other: NamedSecrets): boolean {
  return secrets.some(
    (one) => one !== undefined && other.secrets.some((two) => two !== undefined && areAlike(one, two)),
  )
}

/** Refuse a secret in production that tells another one: who learns one must not have both. */
export function refuseSharedSecrets(settings: Settings, groups: readonly NamedSecrets[]): void {
  if (settings.environment !== 'production') return
  for (const [index, group] of groups.entries()) {
    const earlier = groups.slice(0, index).find((other) => share(group, other))
    if (earlier === undefined) continue
    settings.fault(
      group.name,
      `shares a secret, or a part of one, with ${earlier.name}; make one for each: openssl rand -base64 48`,
    )
  }
}

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Write the digest that the registry gives now behind the version of every image, or with --check, report those that
 * differ: a version of an official image is built anew when its base gets security updates. Needs docker with buildx.
 */

const ROOT = join(import.meta.dirname, '..')
const FILES = [
  'Dockerfile',
  'Dockerfile.dev',
  'deploy/proxy.Dockerfile',
  'docker-compose.yaml',
  'docker-compose-dev.yaml',
]
const PINNED = /\b([a-z0-9./-]+:[\w.-]+)@(sha256:[0-9a-f]{64})/g

const digests = new Map<string, string>()

function digestOf(image: string): string {
  const known = digests.get(image)
  if (known !== undefined) return known
  const args = ['buildx', 'imagetools', 'inspect', '--format', '{{.Manifest.Digest}}', image]
  const digest = execFileSync('docker', args, { encoding: 'utf8' }).trim()
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`The registry gave no digest for ${image}.`)
  digests.set(image, digest)
  return digest
}

const isCheck = process.argv.includes('--check')
for (const name of FILES) {
  const path = join(ROOT, name)
  const text = readFileSync(path, 'utf8')
  const pinned = text.replaceAll(PINNED, (_, image: string) => `${image}@${digestOf(image)}`)
  if (pinned === text) continue
  process.stdout.write(`${name}: ${isCheck ? 'another digest is current' : 'digests written'}\n`)
  if (isCheck) process.exitCode = 1
  else writeFileSync(path, pinned)
}

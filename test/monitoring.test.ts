import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ACCOUNT_EVENTS } from '../src/account-events/account-events.ts'
import { startTestApp, type TestApp } from './app.ts'
import { createClient } from './client.ts'
import { signUp } from './people.ts'

const ROOT = join(import.meta.dirname, '..')
const OURS = /\b(?:(?:http|account|jobs|mails|database|hashing|nodejs|process)_[a-z0-9_]+|jobs(?=\{))/g
const STATES = /\b([a-z_]+)\{[^}]*\bstate=\\?"([a-z_]+)/g
const EVENTS = /\bevent=\\?"([a-z_]+)/g

let app: TestApp
let metrics = ''
before(async () => {
  app = await startTestApp()
  await signUp(app)
  metrics = (await createClient(app).get('//metrics')).body
})
after(() => app.close())

function expressionsOf(path: string): string {
  const text = readFileSync(join(ROOT, path), 'utf8')
  if (!path.endsWith('.json')) return text
  const { panels } = JSON.parse(text)
  return panels
    .flatMap(({ targets = [] }: { targets?: { expr: string }[] }) => targets.map(({ expr }) => expr))
    .join('\n')
}

for (const path of [
  'deploy/monitoring/alerts.yaml',
  'deploy/monitoring/grafana-dashboard.json',
  'docs/DEPLOYMENT.md',
]) {
  describe(path, () => {
    const text = expressionsOf(path)

    it('asks for metrics that there are', () => {
      const names = new Set(
        [...text.matchAll(OURS)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
      )
      const shown = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
      assert.ok(names.size >= 8, [...names].join())
      assert.deepEqual(
        [...names].filter((name) => !shown.has(name)),
        [],
      )
    })

    it('asks for states and events that there are', () => {
      const states = [...text.matchAll(STATES)].map(([, name, state]) => `${name}{state="${state}"}`)
      assert.ok(states.length > 0)
      assert.deepEqual(
        states.filter((state) => !metrics.includes(state)),
        [],
      )
      const events = [...text.matchAll(EVENTS)].map(([, event]) => event ?? '')
      const known: readonly string[] = ACCOUNT_EVENTS
      assert.deepEqual(
        events.filter((event) => !known.includes(event)),
        [],
      )
    })
  })
}

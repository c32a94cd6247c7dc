import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startTestApp } from './app.ts'
import { createClient } from './client.ts'

it('a route that answers a status that it does not declare makes every test of it fail', async () => {
  const app = await startTestApp({ withoutJobs: true })
  const client = createClient(app)
  await client.get('//health')
  await client.request('HEAD', '//health')
  await client.get('/auth/login')
  await client.get('/nothing')
  const { metrics } = app.platform
  metrics.observeRequest('HEAD', '/health', 418, 1)
  metrics.observeRequest('DELETE', '/api/v1/sessions/:session_id', 409, 1)
  metrics.observeRequest('GET', '/api/v1/sessions/', 418, 1)
  await assert.rejects(app.close(), {
    message:
      'Routes answered a status that they do not declare: GET /health: 418, DELETE /api/v1/sessions/{session_id}: 409, GET /api/v1/sessions: 418',
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { it } from 'node:test'
import { startTestApp } from '../../../test/app.ts'

it('a request that was under way when the server began to close is answered, and its connection ends', async () => {
  const app = await startTestApp({ withoutJobs: true })
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  const arrived = once(app.server.server, 'request')
  const head = 'POST /api/v1/auth/logout HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
  socket.write(`${head}content-length: 2\r\n\r\n{`)
  await arrived
  const closing = app.close()
  socket.write('}')
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(answer, /\r\nconnection: close\r\n/i)
  await closing
})

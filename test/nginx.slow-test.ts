import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { it } from 'node:test'
import { startNginx } from './proxies.ts'
import { describeProxy } from './proxy-behaviour.ts'

describeProxy('nginx', startNginx, (proxy) => {
  it('speaks HTTP/2 over TLS', async () => {
    // The certificate is the test's own.
    const session = connect(proxy().secureUrl ?? '', { rejectUnauthorized: false })
    await once(session, 'connect')
    assert.equal(session.alpnProtocol, 'h2')
    const stream = session.request({ ':path': '/health', ':authority': 'api.example.com' })
    const [headers] = await once(stream, 'response')
    assert.equal(headers[':status'], 200)
    assert.match(await text(stream), /API is running/)
    session.destroy()
  })
})

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import { createClient } from '../../../test/client.ts'
import { addressKey } from './client-address.ts'

const V4 = fc.ipV4()
const V6_GROUPS = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })

describe('the bucket of an address', () => {
  it('is the IPv4 address, mapped into IPv6 or not', () => {
    fc.assert(
      fc.property(V4, (address) => {
        assert.equal(addressKey(address), address)
        assert.equal(addressKey(`::ffff:${address}`), address)
        assert.equal(addressKey(`0:0:0:0:0:FFFF:${address}`), address)
      }),
    )
  })

  it('is one for all addresses of an IPv6 /64 in any spelling', () => {
    fc.assert(
      fc.property(V6_GROUPS, V6_GROUPS, fc.boolean(), (groups, others, upper) => {
        // Below 2000::/3, so that no group makes it a mapped IPv4 address.
        const network = [0x2000 + ((groups[0] ?? 0) % 0x2000), ...groups.slice(1, 4)]
        const spell = (parts: number[], width: number) =>
          parts.map((part) => part.toString(16).padStart(width, '0')).join(':')
        const one = spell([...network, ...groups.slice(4)], 4)
        const other = spell([...network, ...others.slice(4)], 1)
        assert.equal(addressKey(upper ? one.toUpperCase() : one), addressKey(other))
      }),
    )
    assert.equal(addressKey('2001:db8::1'), addressKey('2001:0DB8:0:0:ffff:ffff:ffff:ffff'))
    assert.notEqual(addressKey('2001:db8::1'), addressKey('2001:db8:0:1::1'))
    assert.equal(addressKey('::1.2.3.4'), addressKey('::102:304'))
    assert.equal(addressKey('::1.2.3.4%eth0'), addressKey('::102:304'))
  })

  it('is one for all that is no address', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          ...['', 'unknown', '1.2.3.4:80', '256.1.1.1', 'a b', '::g', '1::2::3'],
          ...['1.2.3', '0x7f.1', '010.1.2.3', '::ffff:010.1.2.3', '16909060', '::%0:0'],
        ),
        (text) => {
          assert.equal(addressKey(text), 'unknown')
        },
      ),
    )
  })

  it('does not hold the zone of a link-local address', () => {
    assert.equal(addressKey('fe80::1%eth0'), addressKey('fe80::2'))
  })
})

describe('the client of a request', () => {
  let trusting: TestApp
  let direct: TestApp

  before(async () => {
    trusting = await startTestApp({
      withoutJobs: true,
      env: { TRUSTED_PROXIES: '127.0.0.1,10.9.0.0/16,fd00::/8' },
    })
    direct = await startTestApp({ withoutJobs: true, sharing: trusting, env: { TRUSTED_PROXIES: 'none' } })
  })

  after(async () => {
    await direct.close()
    await trusting.close()
  })

  let count = 0
  /** The address that the log says a request came from. */
  async function loggedIp(app: TestApp, headers: Record<string, string>): Promise<string> {
    count += 1
    const id = `address-${count}`
    const sent = { 'x-forwarded-for': '', ...headers, 'x-request-id': id }
    await createClient(app).get('//', { headers: sent })
    return JSON.parse(app.logs.find((line) => line.includes(`"${id}"`)) ?? '{}').ip
  }

  it('is the right-most hop that is no trusted proxy', async () => {
    const cases = [
      ['192.0.2.7', '192.0.2.7'],
      ['203.0.113.66, 192.0.2.7', '192.0.2.7'],
      ['203.0.113.66, 192.0.2.7, 10.9.8.7', '192.0.2.7'],
      ['192.0.2.7, fd00::1, ::ffff:10.9.1.1', '192.0.2.7'],
      ['10.9.1.1', '10.9.1.1'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:DB8:0::7', '2001:db8::7'],
      ['192.0.2.7, not an address', 'Unknown'],
      ['203.0.113.66, 192.0.2.7:51234', '192.0.2.7'],
      ['[2001:db8::7]:51234', '2001:db8::7'],
      ['[2001:db8::7]', '2001:db8::7'],
      ['192.0.2.7:port', 'Unknown'],
    ]
    for (const [sent = '', seen] of cases) {
      assert.equal(await loggedIp(trusting, { 'x-forwarded-for': sent }), seen, sent)
    }
  })

  it('is the peer where no header says more', async () => {
    assert.equal(await loggedIp(trusting, {}), '127.0.0.1')
  })

  it('is never what other headers claim', async () => {
    const headers = {
      forwarded: 'for=203.0.113.66',
      'x-real-ip': '203.0.113.66',
      'cf-connecting-ip': '203.0.113.66',
      'true-client-ip': '203.0.113.66',
      'x-client-ip': '203.0.113.66',
    }
    assert.equal(await loggedIp(trusting, headers), '127.0.0.1')
  })

  it('is the peer where that is no trusted proxy, whatever it claims', async () => {
    const headers = {
      'x-forwarded-for': '203.0.113.66',
      forwarded: 'for=203.0.113.66',
      'x-real-ip': '203.0.113.66',
    }
    assert.equal(await loggedIp(direct, headers), '127.0.0.1')
  })

  it('spends from one bucket however an untrusted peer changes its headers', async () => {
    const ask = (index: number) => {
      const claimed = `203.0.113.${index}`
      const headers = { 'x-forwarded-for': claimed, 'x-real-ip': claimed, forwarded: `for=${claimed}` }
      return createClient(direct, { ip: claimed }).post(
        '/auth/check-username',
        { username: 'somebody' },
        { headers },
      )
    }
    const statuses = []
    for (let index = 1; index <= 31; index += 1) statuses.push((await ask(index)).status)
    assert.deepEqual(statuses, [...new Array(30).fill(200), 429])
  })
})

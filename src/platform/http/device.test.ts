import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { deviceLabel } from './device.ts'

describe('the label of a device', () => {
  it('names the browser and the system', () => {
    const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64'
    const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10'
    const linux = 'Mozilla/5.0 (X11; Linux x86_64'
    const android = 'Mozilla/5.0 (Linux; Android 10; K'
    const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X'
    const iPad = 'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X'
    const firefox = '; rv:140.0) Gecko/20100101 Firefox/140.0'
    const chrome = ') AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0'
    const apple = ') AppleWebKit/605.1.15 (KHTML, like Gecko)'
    const cases = [
      [`${windows}${firefox}`, 'Firefox on Windows'],
      [`${mac}.15${firefox}`, 'Firefox on macOS'],
      [`${linux}${firefox}`, 'Firefox on Linux'],
      ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox on Android'],
      [`${iPhone}${apple} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, 'Firefox on iOS'],
      [`${windows}${chrome} Safari/537.36`, 'Chrome on Windows'],
      [`${mac}_15_7${chrome} Safari/537.36`, 'Chrome on macOS'],
      [`${linux}${chrome} Safari/537.36`, 'Chrome on Linux'],
      [`${android}${chrome} Mobile Safari/537.36`, 'Chrome on Android'],
      [`${iPhone}${apple} CriOS/138.0.7204.119 Mobile/15E148 Safari/604.1`, 'Chrome on iOS'],
      [`${windows}${chrome} Safari/537.36 Edg/138.0.0.0`, 'Microsoft Edge on Windows'],
      [`${mac}_15_7${chrome} Safari/537.36 Edg/138.0.0.0`, 'Microsoft Edge on macOS'],
      [`${linux}${chrome} Safari/537.36 Edg/138.0.0.0`, 'Microsoft Edge on Linux'],
      [`${android}${chrome} Mobile Safari/537.36 EdgA/138.0.0.0`, 'Microsoft Edge on Android'],
      [`${mac}_15_7${apple} Version/18.5 Safari/605.1.15`, 'Safari on macOS'],
      [`${iPhone}${apple} Version/18.5 Mobile/15E148 Safari/604.1`, 'Safari on iOS'],
      [`${iPad}${apple} Version/18.5 Mobile/15E148 Safari/604.1`, 'Safari on iOS'],
    ]
    for (const [userAgent = '', label] of cases) assert.equal(deviceLabel(userAgent), label)
  })

  it('names a program that is no browser by its own name', () => {
    const cases = [
      ['curl/8.14.1', 'curl'],
      ['axios/1.21.1', 'axios'],
      ['python-requests/2.32.3', 'python-requests'],
      ['Go-http-client/1.1', 'Go-http-client'],
      ['node', 'node'],
      ['my bot', 'my'],
    ]
    for (const [userAgent = '', label] of cases) assert.equal(deviceLabel(userAgent), label)
  })

  it('is Unknown where nothing is known', () => {
    for (const userAgent of ['', 'Unknown', '/', '/1.0 x']) assert.equal(deviceLabel(userAgent), 'Unknown')
  })

  it('is Unknown where the name could be read as a link', () => {
    for (const userAgent of [
      'https://evil.example/ Mozilla/5.0',
      'evil.example/1.0',
      'www.evil.example',
      'a@evil/1',
    ]) {
      assert.equal(deviceLabel(userAgent), 'Unknown')
    }
  })

  it('stays the same after more programs than are remembered', () => {
    for (let n = 0; n < 1_200; n += 1) assert.equal(deviceLabel(`program-${n}/1.0`), `program-${n}`)
    assert.equal(deviceLabel('program-0/1.0'), 'program-0')
  })

  it('is a text for any User-Agent', () => {
    fc.assert(fc.property(fc.string(), (userAgent) => deviceLabel(userAgent).length > 0))
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import fastify from 'fastify'
import { codeDigits, isRightCode } from '../../src/one-time-codes/code-digits.ts'
import { ConfigError } from '../../src/platform/config/config-error.ts'
import { normaliseDatabaseUrl } from '../../src/platform/config/database-settings.ts'
import { readConfig } from '../../src/platform/config.ts'
import { canonicalEmail, isEmailAddress } from '../../src/users/email-address.ts'
import { accountFormats } from '../../src/users/formats.ts'
import { canonicalIdentifier } from '../../src/users/identifier.ts'
import { canonicalPhone, isPhone } from '../../src/users/phone.ts'
import { check, checkAsync } from './parsers/check.ts'
import { changed, oddText } from './parsers/texts.ts'

describe('what somebody types', () => {
  const address = fc.oneof(
    fc.emailAddress(),
    fc.constant('ada.byron@mail.example.com'),
    fc.constant('名前@例え.テスト'),
  )

  it('is an address that is one address for every mail program, or none', (t) => {
    check(
      t,
      fc.property(fc.oneof(oddText, changed(address)), (typed) => {
        const email = canonicalEmail(typed)
        assert.equal(canonicalEmail(email), email)
        if (!isEmailAddress(email)) return
        assert.match(email, /^[^@]+@[^@]+$/)
        assert.doesNotMatch(email, /[\p{Z}\p{C}"(),:;<>[\\\]]/u)
        assert.ok(email.isWellFormed() && [...email].length <= 254)
        const { kind, text } = canonicalIdentifier(typed)
        assert.deepEqual({ kind, text }, { kind: 'email', text: email })
      }),
    )
  })

  it('is never both a username and an address, and a username in one form only', (t) => {
    check(
      t,
      fc.property(fc.oneof(oddText, changed(fc.stringMatching(/^[\w-]{3,50}$/))), (typed) => {
        const isUsername = accountFormats.username?.test(typed)
        const { kind, text } = canonicalIdentifier(typed)
        if (isUsername) assert.deepEqual({ kind, text }, { kind: 'username', text: typed.toLowerCase() })
        const again = canonicalIdentifier(text)
        assert.deepEqual({ kind: again.kind, text: again.text }, { kind, text })
      }),
    )
  })

  const fullWidth = (text: string) =>
    text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))

  it('is a phone number of digits, however wide they are, or none', (t) => {
    const phone = fc.stringMatching(/^\+?[\d ().-]{4,20}$/)
    check(
      t,
      fc.property(fc.oneof(oddText, changed(phone)), (typed) => {
        const canonical = canonicalPhone(typed)
        if (isPhone(typed)) assert.match(canonical, /^(\+[1-9][0-9]{6,14}|[0-9]{4,15}|)$/)
        assert.equal(isPhone(canonical), isPhone(typed))
        assert.equal(isPhone(fullWidth(canonical)), isPhone(canonical))
      }),
    )
  })

  it('is the code only with its six digits', (t) => {
    const id = fc.uuid()
    check(
      t,
      fc.property(id, fc.oneof(oddText, fc.stringMatching(/^\d{5,7}$/)), (codeId, typed) => {
        const digits = codeDigits('a secret', codeId)
        assert.match(digits, /^[0-9]{6}$/)
        assert.ok(isRightCode('a secret', codeId, digits))
        assert.equal(isRightCode('a secret', codeId, typed), typed.replaceAll(/\s/g, '') === digits)
        assert.ok(!isRightCode('a secret', codeId, fullWidth(digits)))
      }),
    )
  })
})

describe('settings that somebody got wrong', () => {
  const SECRETS = {
    ACCESS_TOKEN_SECRET_KEY: 'one-secret-of-forty-characters-or-more-x',
    REFRESH_TOKEN_SECRET_KEY: 'another-secret-of-forty-characters-or-so',
  }
  const NAMES = [
    'PORT',
    'DEBUG',
    'HOST',
    'TRUSTED_PROXIES',
    'CORS_ALLOWED_ORIGINS',
    'COOKIE_DOMAIN',
    'DATABASE_URL',
  ]
  const MORE = [
    'DATABASE_POOL_SIZE',
    'ACCESS_TOKEN_EXPIRE_MINUTES',
    'SMTP_URL',
    'RESEND_FROM_EMAIL',
    'LOG_LEVEL',
  ]
  const URLS = [
    'postgresql+asyncpg://u:p@h:5432/d?ssl=require',
    'smtp://u:p@mail.example:587',
    'https://app.example',
  ]
  const value = fc.oneof(
    oddText,
    changed(
      fc.oneof(
        fc.constantFrom('10.0.0.0/8', '::1', 'true', '8000', 'fd00::/8,127.0.0.1', ...URLS),
        fc.ipV4(),
        fc.ipV6(),
      ),
    ),
  )
  const env = fc.dictionary(fc.constantFrom(...NAMES, ...MORE), value)

  it('are named, and what is taken works', async (t) => {
    const property = fc.asyncProperty(env, async (given) => {
      const config = read(given)
      if (config === undefined) return
      assert.ok(config.port >= 0 && config.port <= 65_535 && config.tokens.accessMinutes >= 1)
      for (const origin of config.corsAllowedOrigins) assert.equal(new URL(origin).origin, origin)
      const { trustedProxies } = config
      // Throws on what it does not understand.
      if (trustedProxies.length > 0) await fastify({ trustProxy: trustedProxies }).close()
    })
    await checkAsync(t, property)
  })

  function read(given: Record<string, string>) {
    try {
      return readConfig({ APP_ENV: 'test', ...SECRETS, ...given }, '/nowhere')
    } catch (error) {
      assert.ok(error instanceof ConfigError, `${error}`)
      const [name = ''] = Object.keys(given)
      assert.match(error.message, /[A-Z_]{4,}/, name)
      return undefined
    }
  }

  it('are one address of a database, or none', (t) => {
    const url = fc.oneof(
      fc.webUrl({ withQueryParameters: true }).map((text) => text.replace(/^\w+/, 'postgres')),
      fc.constantFrom('postgresql+asyncpg://user:p%40ss@db.example:5432/app?ssl=require', 'postgres://h/d'),
    )
    check(
      t,
      fc.property(fc.oneof(oddText, url, changed(url)), (text) => {
        const result = normaliseDatabaseUrl(text)
        if ('problem' in result) return
        assert.match(result.url, /^postgresql:\/\/[^\s]+$/)
        assert.deepEqual(normaliseDatabaseUrl(result.url), result)
      }),
    )
  })
})

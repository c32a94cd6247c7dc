import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { escapeHtml, html, trustedHtml } from './html.ts'

describe('escapeHtml', () => {
  it('leaves nothing that could open a tag or end an attribute, and loses nothing', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ';', '\ud83d', '😀') }),
        (text) => {
          const escaped = escapeHtml(text)
          assert.doesNotMatch(escaped, /[<>"']/)
          const back = escaped
            .replaceAll('&lt;', '<')
            .replaceAll('&gt;', '>')
            .replaceAll('&quot;', '"')
            .replaceAll('&#39;', "'")
            .replaceAll('&amp;', '&')
          assert.equal(back, text.toWellFormed())
        },
      ),
    )
  })
})

describe('html', () => {
  it('escapes values, and takes markup and lists of it as they are', () => {
    const items = ['<1>', '&2'].map((value) => html`<li>${value}</li>`)
    assert.equal(
      html`<ul class="${'"x'}">${items}</ul>${3}${trustedHtml('<hr>')}`.markup,
      '<ul class="&quot;x"><li>&lt;1&gt;</li><li>&amp;2</li></ul>3<hr>',
    )
  })
})

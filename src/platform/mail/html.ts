/** Markup in which every value is escaped. Only `html` and `trustedHtml` make it. */
export type Html = { readonly markup: string }

/** A value for text or for a quoted attribute. */
export function escapeHtml(value: string): string {
  return value
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Our own constant markup, such as a style sheet; never a value. */
export function trustedHtml(markup: string): Html {
  return { markup }
}

type Value = string | number | Html | readonly Html[]

function markupOf(value: Value): string {
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  return 'markup' in value ? value.markup : value.map(markupOf).join('')
}

/** A template literal that escapes every value that is not markup itself. */
export function html(literals: TemplateStringsArray, ...values: Value[]): Html {
  return { markup: String.raw({ raw: literals }, ...values.map(markupOf)) }
}

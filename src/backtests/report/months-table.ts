import type { YearOfReturns } from './monthly-returns.ts'
import { shortPercent } from './number-texts.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Greener and redder with the size; 20 % and more are as strong as it gets. */
function heat(value: number): string {
  const text = shortPercent(value)
  if (text === '0') return 'class="none"'
  const strength = Math.round(Math.min(1, Math.sqrt(Math.abs(value) / 0.2)) * 62) + 8
  return `style="background:color-mix(in srgb,var(--${value > 0 ? 'rise' : 'fall'}) ${strength}%,var(--paper))"`
}

function cell(value: number | null): string {
  return value === null ? '<td></td>' : `<td ${heat(value)}>${shortPercent(value)}</td>`
}

/** Returns of months and years in per cent, as a table with colours. */
export function monthsTable(returns: readonly YearOfReturns[]): string {
  const rows = returns.map(
    ({ year, months, total }) =>
      `<tr><th scope="row">${year}</th>${months.map(cell).join('')}${cell(total).replace('<td', '<td data-year')}</tr>`,
  )
  const heads = [...MONTHS, 'Year'].map((name) => `<th scope="col">${name}</th>`).join('')
  return `<div class="wide"><table class="months"><thead><tr><th></th>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

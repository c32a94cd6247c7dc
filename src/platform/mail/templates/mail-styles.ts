/** Mail programs drop style sheets and classes at will, so what matters is written on each element. */
const SANS = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const MONO = "ui-monospace,'SF Mono',SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

const INK = '#10202f'
export const TONES = { calm: '#0e7566', alert: '#b3261e' }

export const STYLES = {
  page: `margin:0;padding:0;background-color:#eef1f4;-webkit-text-size-adjust:100%;`,
  preview: 'display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;',
  column: 'width:100%;max-width:560px;margin:0 auto;',
  wordmark: `font:700 19px/24px ${SANS};letter-spacing:-0.01em;color:${INK};`,
  card: 'width:100%;background-color:#ffffff;border:1px solid #dde3e9;border-radius:14px;border-collapse:separate;',
  topic: `margin:0 0 10px;font:600 12px/16px ${SANS};letter-spacing:0.09em;text-transform:uppercase;`,
  title: `margin:0 0 22px;font:700 25px/32px ${SANS};letter-spacing:-0.015em;color:${INK};`,
  paragraph: `margin:0 0 16px;font:400 16px/25px ${SANS};color:#33414f;overflow-wrap:anywhere;`,
  note: `margin:22px 0 0;padding:18px 0 0;border-top:1px solid #e4e9ee;font:400 14px/22px ${SANS};color:#566472;`,
  code: 'width:100%;margin:8px 0 24px;background-color:#f2f6f7;border:1px solid #d5dfe4;border-radius:10px;border-collapse:separate;',
  // The padding gives back what the spacing adds after the last digit, so that the code stands in the middle.
  digits: `padding:20px 0 20px 0.3em;font:700 34px/42px ${MONO};letter-spacing:0.3em;color:${INK};`,
  facts: 'width:100%;margin:4px 0 22px;border-top:1px solid #e4e9ee;',
  label: `padding:11px 16px 11px 0;border-bottom:1px solid #e4e9ee;font:400 14px/21px ${SANS};color:#566472;white-space:nowrap;`,
  value: `padding:11px 0;border-bottom:1px solid #e4e9ee;font:600 15px/21px ${SANS};color:${INK};overflow-wrap:anywhere;`,
  footer: `margin:0 0 6px;font:400 13px/20px ${SANS};color:#64717e;`,
}

/** What cannot be written on an element: narrow screens and dark ones. */
export const STYLE_SHEET = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
.digits { -webkit-user-select: all; user-select: all; }
@media (max-width: 480px) {
  .outer { padding: 24px 14px 32px !important; }
  .inner { padding: 28px 22px !important; }
  .title { font-size: 23px !important; line-height: 30px !important; }
  .digits { font-size: 30px !important; }
}
@media (prefers-color-scheme: dark) {
  .page { background-color: #0c141b !important; }
  .card { background-color: #14202a !important; border-color: #24333f !important; }
  .ink { color: #f1f5f8 !important; }
  .body { color: #c3ced8 !important; }
  .quiet { color: #93a2b0 !important; }
  .line { border-color: #263643 !important; }
  .code { background-color: #0f1921 !important; border-color: #2b3d4a !important; }
  .calm { color: #4cc9b0 !important; }
  .alert { color: #ff8a80 !important; }
}`

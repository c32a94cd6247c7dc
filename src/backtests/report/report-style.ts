/** The report's looks; on paper and in the dark as well. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--ink:#1b2733;--soft:#5c6b7a;--paper:#fff;--line:#dfe5ea;--rise:#1f8c58;--fall:#c83a3a;--blue:#2366d1;--hold:#9aa6b2;--tile:#f5f7f9}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa8b5;--paper:#14191e;--line:#2b343c;--rise:#3fb27f;--fall:#e06c6c;--blue:#6ea3f5;--hold:#6b7782;--tile:#1c232a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px;max-width:1168px;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
h1{margin:0;font-size:26px}h2{margin:28px 0 8px;font-size:17px}h2 small{font-weight:400;color:var(--soft);margin-left:8px}
header p,.note{color:var(--soft);margin:4px 0}
.note{border-left:3px solid var(--blue);padding-left:10px;margin-top:10px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(135px,1fr));gap:10px;margin:18px 0 6px}
.tile{background:var(--tile);border-radius:8px;padding:10px 12px}.tile b{display:block;font-size:20px;font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:13px}
svg{display:block;width:100%;height:auto}
.grid{stroke:var(--line);stroke-width:1}.axis{fill:var(--soft);font-size:12px}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.equity{stroke:var(--blue)}.hold{stroke:var(--hold)}
.key{display:inline-block;width:14px;height:3px;margin:0 5px 3px 10px;background:var(--blue)}.key.hold{background:var(--hold)}
.depth{fill:var(--fall);fill-opacity:.35;stroke:var(--fall);stroke-width:1}
.wick{fill:none;stroke-width:1}.wick.rise{stroke:var(--rise)}.wick.fall{stroke:var(--fall)}.body.rise{fill:var(--rise)}.body.fall{fill:var(--fall)}
.wick,.body{opacity:.55}
.held{stroke-width:1.4}.held.won{stroke:var(--rise)}.held.lost{stroke:var(--fall)}
.entry{stroke:var(--paper);stroke-width:1}.entry.long{fill:var(--blue)}.entry.short{fill:#b8860b}
.exit{stroke:var(--paper);stroke-width:1}.exit.won{fill:var(--rise)}.exit.lost{fill:var(--fall)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:4px 9px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
tbody th,.facts td{text-align:left}.months{width:100%;font-size:13px}.months th,.months td{padding:4px 5px}
.metrics tbody th[title]{cursor:help;font-weight:500}
code,pre{font:12px/1.5 ui-monospace,monospace}pre{background:var(--tile);padding:12px;border-radius:8px;overflow:auto}
.facts td{white-space:normal;overflow-wrap:anywhere}
@media print{body{padding:0}h2{break-after:avoid}svg,table{break-inside:avoid}}
`

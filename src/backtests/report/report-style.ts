/** The report's looks: on a screen of any width, in the dark, and on paper. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--ink:#1b2733;--soft:#566473;--paper:#fff;--line:#e3e8ed;--rise:#178a58;--fall:#cf3b3b;--blue:#1f5fd0;--amber:#a86a00;--hold:#8c99a6;--tile:#f4f6f9}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa8b5;--paper:#14191e;--line:#2a333b;--rise:#3fb27f;--fall:#ec6f6f;--blue:#6ea3f5;--amber:#e0a63a;--hold:#7d8a97;--tile:#1c232a}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px;max-width:1168px;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{margin:0;font-size:26px;line-height:1.2}h2{margin:34px 0 4px;font-size:18px}p{margin:4px 0}
.soft{color:var(--soft);font-size:13px;margin:2px 0 8px}
.note,.own{border-left:3px solid var(--blue);padding-left:10px;margin-top:10px}.own{border-color:var(--line);white-space:pre-wrap}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin:18px 0 6px}
.tile{background:var(--tile);border-radius:8px;padding:10px 12px}.tile b{display:block;font-size:19px;font-variant-numeric:tabular-nums}.tile span{color:var(--soft);font-size:13px}
.gain{color:var(--rise)}.loss{color:var(--fall)}
.chart{display:block;width:calc(100% - 66px);overflow:visible}
.chart path{vector-effect:non-scaling-stroke}
.grid{stroke:var(--line)}.axis{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}.time{text-anchor:middle}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.line.equity{stroke:var(--blue)}.line.hold{stroke:var(--hold)}
.start{stroke:var(--soft);stroke-dasharray:2 4}.split{stroke:var(--amber);stroke-dasharray:5 3}
.key{white-space:nowrap;margin-right:10px}.key i{display:inline-block;width:18px;margin:0 5px 4px 0;border-top:3px solid var(--blue)}.key i.hold{border-color:var(--hold)}.key i.start{border-top:2px dotted var(--soft)}
.sign{width:14px;height:14px;vertical-align:-2px;margin-right:4px}
.depth{fill:var(--fall);fill-opacity:.3;stroke:var(--fall)}
.won{fill:var(--rise)}.lost{fill:var(--fall)}
.wick{fill:none}.wick.rise{stroke:var(--rise)}.wick.fall{stroke:var(--fall)}.body.rise{fill:var(--rise)}.body.fall{fill:var(--fall)}
.wick,.body{opacity:.5}
.held{stroke-width:1.6}.held.won{stroke:var(--rise)}.held.lost{stroke:var(--fall)}
.entry,.exit{stroke:var(--paper);stroke-width:1.2;paint-order:stroke}.entry.long{fill:var(--blue)}.entry.short{fill:var(--amber)}.exit.won{fill:var(--rise)}.exit.lost{fill:var(--fall)}
.close-ups{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:18px;margin:14px 0 18px}
figure{margin:0;min-width:0}figcaption{font-size:13px;margin-bottom:6px}.close-ups .odd{display:none}
.wide{overflow-x:auto}.tall{max-height:520px;overflow-y:auto;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:4px 9px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap;overflow-wrap:normal}
tbody th{text-align:left;font-weight:500}
.trades{width:100%;font-size:13px}.trades thead th{position:sticky;top:0;background:var(--tile)}.trades .cut td{text-align:center;color:var(--soft)}
.months{width:100%;font-size:13px}.months th,.months td{padding:6px 5px;text-align:center;border:2px solid var(--paper)}.months .none{background:var(--tile);color:var(--soft)}.months [data-year]{font-weight:700}
.groups{columns:2 360px;column-gap:36px}.groups .wide{break-inside:avoid;margin-bottom:18px}.metrics{width:100%}.metrics thead th{color:var(--soft);font-size:13px}.metrics thead th:first-child{text-align:left;color:var(--ink);font-size:15px}
details{margin:4px 0}summary{cursor:pointer;color:var(--soft)}dl{columns:2 360px;column-gap:36px;font-size:13px}dt{font-weight:600}dd{margin:0 0 8px;color:var(--soft);break-before:avoid}
.facts{width:100%;margin-bottom:14px;font-size:13px}.facts th,.facts td{text-align:left;white-space:normal;vertical-align:top}.facts th{width:30%}.facts td{overflow-wrap:anywhere}
code,pre{font:12px/1.5 ui-monospace,monospace}pre{background:var(--tile);padding:12px;border-radius:8px;white-space:pre-wrap}
@media (max-width:640px){body{padding:14px}h1{font-size:21px}.tiles{grid-template-columns:1fr 1fr}.chart{width:calc(100% - 58px)}.odd{display:none}.axis{font-size:11px}}
@media print{body{padding:0;font-size:12px}h2{break-after:avoid}svg,figure,.tile,.metrics{break-inside:avoid}.tall{max-height:none;border:0}.trades tbody tr:nth-child(n+61){display:none}.trades{break-inside:auto}*{print-color-adjust:exact}}
`

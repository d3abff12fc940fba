/** What the pages of the book have beside the style of all pages. */
export const BOOK_STYLE = `
body { max-width: 60rem; }
body.broad { max-width: min(112rem, 96vw); }
nav.book { display: flex; flex-wrap: wrap; gap: .2rem .9rem; margin: 0 0 1.5rem; padding: 0 0 .6rem; border-bottom: 1px solid var(--line);
  font-size: .92rem; }
a { color: var(--accent); }
nav.book a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
h2 { margin-top: 2.5rem; } h3, h4 { margin-top: 1.5rem; }
p, li { overflow-wrap: anywhere; }
table.prose td, table.prose th { white-space: normal; font-family: inherit; vertical-align: top; min-width: 7rem; }
article.rule { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; margin: .9rem 0; background: var(--panel); }
article.rule:target { outline: 2px solid var(--accent); }
article.rule p { margin: .3rem 0; }
article.rule .name { font: 600 1rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; text-decoration: none; }
.inference { margin: .6rem 0; }
.premises { list-style: none; margin: 0; padding: 0; }
code { overflow-wrap: anywhere; }
.premises li { display: inline-block; max-width: 100%; margin: .1rem 1.4rem .1rem 0; }
.premises code { color: var(--soft); font-size: .8rem; }
details.after { border: 0; margin: 0; background: none; } details.after summary { padding: 0; font-size: .85rem; color: var(--soft); }
.bar { border-top: 2px solid var(--ink); margin: .35rem 0; text-align: right; }
.bar span { font-size: .78rem; color: var(--soft); }
.conclusion code { font-size: .82rem; }
ul.facts { margin: .4rem 0 0; padding-left: 1.1rem; font-size: .88rem; color: var(--soft); }
pre { overflow-x: auto; padding: .6rem .8rem; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; line-height: 1.4; }
pre.source { font-size: .85rem; } pre.source a { color: var(--soft); text-decoration: none; }
pre.source span:target { background: var(--mapped); }
figure.moments { margin: 1rem 0; } figure.moments > div { display: flex; flex-wrap: wrap; gap: 1rem 3rem; } figure.moments svg { width: 100%; max-width: 22rem; align-self: start; }
figure.moments figcaption { margin-top: .6rem; } .moments .t { font: 13px system-ui, sans-serif; fill: var(--ink); } .moments .s { font: 12px system-ui, sans-serif; fill: var(--soft); }
.moments .b { font: 12px system-ui, sans-serif; fill: var(--bad); } .moments .m { fill: var(--mapped); stroke: var(--line); }
.moments .h { fill: none; stroke: var(--bad); stroke-dasharray: 4 3; }
.hint { font-size: .88rem; color: var(--soft); }
main:focus { outline: none; } .skip { position: absolute; left: -100vw; } .skip:focus { position: static; }
nav.turn { display: flex; justify-content: space-between; gap: 1rem; margin-top: 3rem; padding-top: .6rem; border-top: 1px solid var(--line); font-size: .92rem; }
table td.prose, table th[scope=row] { vertical-align: top; } main td { vertical-align: top; }
/* On a phone the way around is the contents, and what stands before and after. */
@media (max-width: 40rem) { nav.book a { display: none; } nav.book a:first-child, nav.book a[aria-current], nav.book a[aria-current] + a, nav.book a:has(+ [aria-current]),
  nav.book a.often { display: inline; }
  body { padding: 1rem .75rem 3rem; }
  td.prose { min-width: 11rem; } .index th[scope=row] { white-space: normal; overflow-wrap: anywhere; min-width: 9.5rem; }
  .wide.index::before { content: 'scrolls sideways →'; color: var(--soft); font-size: .8rem; } }
@media print { nav.book, nav.turn, .skip, #explorer { display: none; } body, body.broad { max-width: none; padding: 0; } article.rule { break-inside: avoid; background: none; } }
`

/** What the explorer has beside it. */
export const EXPLORER_STYLE = `
body { max-width: min(100rem, 96vw); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
#explorer { min-height: 40rem; }
form.scenario { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; padding: .7rem .9rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: .5rem; }
form.scenario label { display: flex; flex-direction: column; gap: .15rem; font-size: .85rem; color: var(--soft); max-width: 100%; }
form.scenario label.long { flex: 1 1 24rem; }
form.scenario p { flex-basis: 100%; margin: 0; }
input, select, button { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: .35rem;
  padding: .3rem .55rem; max-width: 100%; }
input[type=text] { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
button { cursor: pointer; } button:disabled { color: var(--soft); cursor: default; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.drop { border: 1px dashed var(--line); border-radius: .5rem; padding: .5rem .9rem; } .drop.over { border-color: var(--accent); background: var(--panel); }
.stories { display: grid; gap: 1.5rem; } .stories.count-2 { grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); }
.controls { border: 0; margin: 0; padding: 0; display: flex; gap: .35rem; align-items: center; flex-wrap: wrap; }
.controls input { flex: 1 1 8rem; padding: 0; } .controls output { font-variant-numeric: tabular-nums; min-width: 5rem; }
.said { font-size: 1.05rem; min-height: 3.2em; } .wrong { color: var(--bad); font-weight: 600; }
.strip h4 { margin: .8rem 0 .2rem; font-size: .9rem; color: var(--soft); }
.strip ol { list-style: none; margin: 0 -4px; padding: 4px; display: flex; gap: 2px; overflow-x: auto; }
.segment { flex: 1 0 6.5rem; min-height: 4.2rem; padding: .3rem .45rem; border-radius: .3rem; display: flex; flex-direction: column;
  font: .78rem/1.35 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; border: 2px solid transparent; position: relative; }
.segment.hole { background: repeating-linear-gradient(45deg, var(--panel) 0 6px, var(--paper) 6px 12px); border: 2px dashed var(--line); }
.segment .label { color: var(--soft); } .segment.backed .label { color: inherit; }
.segment.blocked { border: 2px solid var(--bad); } .segment.not-live { border: 2px dashed var(--bad); } .segment.changed { outline: 3px solid var(--accent); outline-offset: 1px; }
.segment .flags { font-weight: 600; }
${[210, 35, 140, 280, 0, 180, 60, 320].map((hue, i) => `.colour-${i} { background: light-dark(hsl(${hue} 55% 87%), hsl(${hue} 35% 24%)); }`).join('\n')}
.lanes { list-style: none; padding: 0; margin: .9rem 0; display: grid; gap: .25rem; }
.lanes li { padding: .25rem .6rem; border-left: 4px solid var(--line); background: var(--panel); } .lanes li.moved { border-left-color: var(--accent); }
.changed-lines { font-size: .88rem; padding-left: 1.2rem; }
.ways ol, .hindered ul { margin: .2rem 0; padding: 0 1rem .6rem 2.75rem; } .ways li, .hindered li { margin: .25rem 0; }
.ways button { text-align: left; }
`

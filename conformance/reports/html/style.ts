/** The style of every page. No font, image or script is fetched from anywhere. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --panel: #f6f8fa; --line: #d0d7de;
  --bad: #b3261e; --good: #1a6e34; --inside: #0b61a4; --mapped: #e3e8ee; --accent: #0b61a4; --edge: #8c959f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --paper: #0e1116; --panel: #171c23;
  --line: #333c47; --bad: #ff8a80; --good: #7ee2a0; --inside: #6cb6ff; --mapped: #27303a; --accent: #6cb6ff; --edge: #8b949e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
code, .mono, td, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9rem; }
.bad { color: var(--bad); } .good { color: var(--good); } .soft, .doubtful { color: var(--soft); } .bad a { color: var(--bad); }
/* A shadow at an edge beyond which a table goes on; the covers before it move with the table. */
.wide { overflow-x: auto; background:
  linear-gradient(to right, var(--paper) 50%, transparent) left / 2.5rem 100% no-repeat local,
  linear-gradient(to left, var(--paper) 50%, transparent) right / 2.5rem 100% no-repeat local,
  linear-gradient(to right, var(--edge), transparent) left / 1.1rem calc(100% - 1px) no-repeat,
  linear-gradient(to left, var(--edge), transparent) right / 1.1rem calc(100% - 1px) no-repeat; }
details .wide { --paper: var(--panel); }
table { border-collapse: collapse; margin: .25rem 0 .75rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; white-space: nowrap; }
th, td { text-align: left; padding: .2rem 1.1rem .2rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; color: var(--soft); font-size: .85rem; } td.number, th.number { text-align: right; }
td.prose { white-space: normal; font-family: inherit; min-width: 15rem; }
tbody th { color: inherit; font: .9rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; background: var(--panel); }
summary { cursor: pointer; padding: .5rem .9rem; } details > div { padding: 0 .9rem .6rem; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
ul.notes { padding-left: 1.2rem; } ul.notes li { margin: .3rem 0; }
/* A table of many columns: its rows keep their names while it is scrolled. */
table.matrix td, table.matrix th { padding: .35rem .7rem; vertical-align: top; }
table.matrix thead th { white-space: normal; min-width: 5rem; }
table.matrix th[scope=row], table.matrix thead th:first-child { position: sticky; left: 0; background: var(--paper); }
@media (max-width: 40rem) { table.matrix th[scope=row], table.matrix thead th:first-child { white-space: normal; min-width: 8rem; max-width: 8rem; }
  .wide.matrix::before { content: 'scrolls sideways →'; color: var(--soft); font-size: .8rem; } }
`

/** On paper nothing scrolls: tables are set small, and their cells broken. It comes after what a page has of its own. */
export const PRINT_STYLE = `
@media print { body, body.broad { max-width: none; padding: 0; } h1, h2, h3, h4, caption { break-after: avoid; } tr { break-inside: avoid; }
  a, .bad a { color: inherit; text-decoration: none; }
  .wide { overflow: visible; background: none; } table { max-width: 100%; } table code { overflow-wrap: anywhere; }
  th, td, tbody th, caption, td.prose, table.prose td, table.prose th { white-space: normal; min-width: 0; font-size: 8pt; padding-right: .5rem; }
  table.matrix td, table.matrix th, table.matrix tbody th, table.matrix th[scope=row], table.matrix thead th, table.matrix thead th:first-child {
    font-size: 5.5pt; line-height: 1.25; padding: .1rem .15rem; min-width: 0; max-width: none; overflow-wrap: anywhere; position: static; } }
`

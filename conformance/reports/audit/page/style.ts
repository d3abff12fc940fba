/** What the page of an audit has beside the style of all pages: the summary, the picture of a window, the bar of a batch. */
export const AUDIT_STYLE = `
p.verdict { font-size: 1.35rem; line-height: 1.35; margin: 0 0 1rem; padding: .8rem 1.1rem; border-left: .4rem solid currentColor;
  background: var(--panel); border-radius: .3rem; overflow-wrap: anywhere; }
p.verdict b { font-weight: 700; } ul.notes li { overflow-wrap: anywhere; }
caption { white-space: normal; max-width: min(60rem, calc(100vw - 3rem)); }
dl.summary { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0; padding: 1rem 1.25rem;
  background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
dl.summary dt { font-weight: 600; } dl.summary dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl.summary { grid-template-columns: 1fr; } dl.summary dd { margin-bottom: .5rem; } }
svg.picture { width: 100%; height: auto; min-width: 42rem; display: block; }
svg text { fill: var(--ink); font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
svg .faint { fill: var(--soft); } svg .mapped { fill: var(--mapped); } svg .unmapped { fill: var(--bad); }
svg .inside { fill: var(--inside); } svg .rule { stroke: var(--soft); stroke-dasharray: 3 3; }
.bar { display: flex; height: .6rem; border-radius: .3rem; overflow: hidden; background: var(--line); margin: .3rem 0; max-width: 40rem; }
.bar i { display: block; } .bar .kept { background: var(--good); } .bar .logged, .bar .relaxed { background: var(--inside); }
.bar .redirected, .bar .restricted, .bar .vanished { background: var(--bad); }
@media print { svg.picture { min-width: 0; } }
`
